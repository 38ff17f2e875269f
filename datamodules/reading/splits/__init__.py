"""Splits: which images belong to which, and where their pixels come from."""
