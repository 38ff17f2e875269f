"""Utility: whether synthetic images help a classifier, with confidence intervals."""
