"""The writer: writes a folder of images atomically, and can resume."""
