"""Images: decodes a file, or a row of a saved set, to an 8-bit square."""
