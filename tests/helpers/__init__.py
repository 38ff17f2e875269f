"""Helpers that tests share: files, folders, sets and runs made for them."""
