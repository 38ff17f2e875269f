"""What tools/benchmark.py carries out: what each model and each promise must show, measured."""
