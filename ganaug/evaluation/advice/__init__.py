"""Advice: a search for the best way to train a classifier on scarce images."""
