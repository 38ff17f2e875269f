"""What one can use at once: written after a search, and loaded again."""
