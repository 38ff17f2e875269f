"""Measuring synthetic images: are they like the real ones, do they show what was asked for."""
