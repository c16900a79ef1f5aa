"""How messages come and go: a shared vocabulary and one folder per channel."""
