"""Splits: which images belong to each, and where their pixels come from."""
