"""Callbacks that monitor a fit; of a model they use the logged metrics and its samples."""
