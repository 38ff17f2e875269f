"""Filters: optional checks that reject synthetic images."""
