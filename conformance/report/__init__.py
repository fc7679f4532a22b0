"""Everything that is shown: pure functions of results, which know nothing of the network."""
