"""Metrics, one file each, in a registry, with intervals and real baselines."""
