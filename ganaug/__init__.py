"""ganaug: fit a generative model on scarce images, expand the data set, learn whether it helps."""
