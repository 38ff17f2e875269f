"""The studies that tools/benchmark.py runs: what each model and each promise must show."""
