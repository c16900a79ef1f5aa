"""The ticket's own wing: its life, its rooms and cards, and all that is shown or told of it.

Both sides act on a ticket through here: ``client`` for whoever asked, ``desk`` for whoever answers.
"""
