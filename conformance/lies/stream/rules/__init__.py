"""Lies about what a streamed answer must look like, frame by frame: one file for its bytes, its blocks and its ends."""
