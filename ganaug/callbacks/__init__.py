"""Callbacks that monitor a fit through a model's logged metrics and samples."""
