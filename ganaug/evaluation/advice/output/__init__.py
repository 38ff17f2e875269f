"""The files of an advice that can be used at once: written after a search, and loaded again."""
