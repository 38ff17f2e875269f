"""The trainings of a search: cross-validation, training and timing."""
