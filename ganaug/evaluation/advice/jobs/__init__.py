"""The trainings of a search, shared by all of its processes."""
