"""The images of a training: further and unlabelled ones, and the table of all of them."""
