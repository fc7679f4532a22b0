"""The static site: every page a pure function of matrices, claims and recorded exchanges."""
