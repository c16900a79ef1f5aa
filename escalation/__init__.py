"""Tickets, topics, desks and the rules of passing on: values and pure functions."""
