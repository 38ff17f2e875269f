"""Feature networks, which turn images into the features that metrics compare."""
