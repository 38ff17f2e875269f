"""Batching: which images stand in which batch, in an order that seed and epoch decide."""
