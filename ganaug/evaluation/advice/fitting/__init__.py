"""Generative models that are fitted within the budget of a search, and their sets."""
