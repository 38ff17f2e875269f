"""Games: each states who minimizes what, and is held by a model, not inherited."""
