"""The trainings of a search, kept for all of its processes."""
