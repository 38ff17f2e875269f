"""Carries out the trainings of a search, and times them."""
