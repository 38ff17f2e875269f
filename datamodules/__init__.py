"""Real images in: readers, subsets, augmentations and the Lightning data modules built from them."""
