"""What a stream must look like."""
