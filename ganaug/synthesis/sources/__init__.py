"""Sources: where synthetic images come from, each a pure function of seed, class and index."""
