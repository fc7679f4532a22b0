"""Own turns sent back."""
