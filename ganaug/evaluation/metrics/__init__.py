"""Metrics, one file each, by one registry, each with its interval and real baseline."""
