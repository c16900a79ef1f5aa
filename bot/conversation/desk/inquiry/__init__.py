"""Somebody outside is asked about a ticket: the letter to them, the waiting, and their answer."""
