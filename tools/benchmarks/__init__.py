"""The studies that tools/benchmark.py runs, to verify the documented results."""
