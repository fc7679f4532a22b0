"""What is kept of a run, and what must not be kept."""
