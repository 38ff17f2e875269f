"""Which ways to train are tried, and which is recommended: candidates, halving, chance."""
