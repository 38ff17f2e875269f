"""The writer: a folder of images that is written atomically and can be continued."""
