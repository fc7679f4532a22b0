"""Headers of requests and answers."""
