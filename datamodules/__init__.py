"""Real images in: readers, subsets, policies and the Lightning data modules built from them."""
