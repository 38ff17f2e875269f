"""Folders: the images in them, and the meaning of folders and their names."""
