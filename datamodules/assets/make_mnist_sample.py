"""Write the embedded sample of MNIST: python make_mnist_sample.py FOLDER_OF_FULL_MNIST."""

import sys
from pathlib import Path

import numpy as np

from datamodules.mnist import NAMES, SAMPLE
from datamodules.reading.mnist_files import find_mnist, read_digits
from datamodules.reading.splits.subsets import choose_per_class, content_hash

PER_CLASS = {"train": 2000, "test": 400}


def main() -> None:
    """Select digits by content hash with a fixed seed, so every run writes the same file."""
    root = Path(sys.argv[1] if len(sys.argv) == 2 else "data")
    folder = find_mnist(root)
    if folder is None:
        sys.exit(f"no full MNIST in '{root}'; give its folder")
    arrays = {}
    for split, count in PER_CLASS.items():
        digits = read_digits(folder, split)
        hashes = [content_hash(image.tobytes()) for image in digits.images]
        rows = choose_per_class(hashes, digits.labels.tolist(), NAMES, count, seed=0)
        arrays[f"{split}_images"] = digits.images[rows]
        arrays[f"{split}_labels"] = digits.labels[rows]
        arrays[f"{split}_places"] = digits.places[rows].astype(np.uint16)
    np.savez_compressed(SAMPLE, **arrays)  # type: ignore[arg-type]  # no name is allow_pickle


if __name__ == "__main__":
    main()
