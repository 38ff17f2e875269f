"""Models: one LightningModule per file, named after it, with settings in `configs/<name>.yaml`."""
