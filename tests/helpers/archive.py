"""Builds data sets file by file, and counts the images that are read from them."""

from collections import Counter

from helpers.image_folders import write


class Archive:
    """Writes the files of a set below a folder; each image is different."""

    def __init__(self, root):
        self.root, self.number = root, 0

    def images(self, folder, count, name="{:03}.png", first=0):
        for index in range(first, first + count):
            self.number += 1
            write(self.root / folder / name.format(index), self.number)

    def text(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")


def by_class(data, split):
    """Count the images of a split by class."""
    found = Counter(data.class_names[k] for k in data.images(split)[1].tolist())
    return dict(found)
