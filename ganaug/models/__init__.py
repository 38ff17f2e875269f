"""Models: one LightningModule a file, found by its file's name; `configs/<name>.yaml` runs it."""
