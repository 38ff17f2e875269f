"""What a training learns from beyond the labelled images, and the table of all of them."""
