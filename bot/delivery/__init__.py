"""Durable, ordered, idempotent: inbox, outbox, timers, pacing and the ports they need."""
