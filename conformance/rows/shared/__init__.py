"""What several rows ask or build."""
