"""Sources of synthetic images; each image is a pure function of seed, class and index."""
