"""The one HTTP edge of the service: whatever others ask it by HTTP is a route in its table.

edge.py     listens, checks the Host, answers
health.py   the routes that tell a monitor how the service is
"""
