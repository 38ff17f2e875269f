"""The images of a training: further images, unlabelled images, and the table of all images."""
