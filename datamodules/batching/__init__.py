"""Batching: which images each batch holds, as a function of seed and epoch."""
