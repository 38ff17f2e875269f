"""The search among candidates: successive halving, ranking and recommendation."""
