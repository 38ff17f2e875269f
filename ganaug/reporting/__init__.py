"""Reports on a set and on an advice, as single HTML pages, and pictures of a model."""
