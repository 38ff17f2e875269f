"""Folders: the images below one, and what folders and their names stand for."""
