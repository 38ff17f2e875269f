"""Real images: reading, subsets, augmentation, and Lightning data modules of them."""
