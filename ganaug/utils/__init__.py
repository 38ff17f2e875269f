"""Shared by every part: errors, atomic files, safe YAML, pixels, random numbers, hardware."""
