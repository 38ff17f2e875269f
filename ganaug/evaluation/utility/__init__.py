"""Utility: whether synthetic images help a classifier, with the uncertainty of the answer."""
