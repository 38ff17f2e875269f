"""Measures synthetic images: how faithful they are, what they copy, and whether they help."""
