"""Reading: image files, folder layouts, splits and subsets."""
