"""Generative models that are fitted within the budget, and their sets."""
