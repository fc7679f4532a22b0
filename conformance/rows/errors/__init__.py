"""What must be refused, and how."""
