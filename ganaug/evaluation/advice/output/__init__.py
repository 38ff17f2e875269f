"""Writes and loads the files of an advice: the classifier and the images to train on."""
