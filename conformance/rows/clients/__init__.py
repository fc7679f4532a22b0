"""What official clients send and read."""
