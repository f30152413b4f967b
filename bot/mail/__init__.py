"""Ways for letters to leave: one file for each."""
