"""Utility: whether synthetic images help a classifier, and how sure that is."""
