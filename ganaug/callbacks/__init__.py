"""Callbacks: what watches a fit; they know a model by its step's figures and by what it draws."""
