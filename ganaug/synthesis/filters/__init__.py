"""Filters: what a synthetic image must pass, each optional."""
