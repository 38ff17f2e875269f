"""Games: each defines the losses of its players; models hold a game rather than inherit it."""
