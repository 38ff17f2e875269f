"""Memorization: which synthetic images are copies of training images."""
