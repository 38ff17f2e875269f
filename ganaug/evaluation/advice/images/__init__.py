"""The images of a training: further images, unlabeled images, and the table of all images."""
