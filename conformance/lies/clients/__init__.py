"""Lies about what official clients send and read."""
