"""Chat platforms: each turns its events into `ports.Heard`, and draws `messages.Message` its own way."""
