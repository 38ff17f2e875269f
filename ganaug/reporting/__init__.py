"""The report: one page that opens from disk, with the verdict first; and pictures of a model."""
