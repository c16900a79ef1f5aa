"""Reads an administrator's workspace into one validated Settings."""
