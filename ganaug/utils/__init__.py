"""Shared utilities: errors, atomic files, safe YAML, pixels, random numbers, hardware."""
