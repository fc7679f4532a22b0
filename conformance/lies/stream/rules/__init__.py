"""Lies about a streamed answer, frame by frame: its bytes, its order and blocks, what blocks hold, and its two ends."""
