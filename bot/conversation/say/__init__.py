"""What is said, to clients and desks alike: words, buttons and screens, contents, letters."""
