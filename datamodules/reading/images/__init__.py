"""Images: one file, or a row that holds one, decoded to a square of 8 bits."""
