"""Bytes to meaning: exchanges, answers, streams and their rules. Knows nothing of rows."""
