"""Microsoft Teams: what is heard and said there."""
