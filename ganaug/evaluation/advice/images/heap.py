"""A heap of unlabeled images that teachers label, with separate teachers for each fold.

Teachers trained on the held-out images of a fold would leak them to the classifier through the
labels of other images.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import torch
from PIL import Image
from torch import Tensor

from datamodules.console import say
from datamodules.printing import printable
from datamodules.reading.folders.layout import Layout
from datamodules.reading.folders.walking import find_all
from ganaug.evaluation.features.cache import digest_of_tensor
from ganaug.evaluation.utility.leaks import digest_of_pixels, labeled_digests, refuse_leaks
from ganaug.evaluation.utility.sampling import Images
from ganaug.synthesis.foreign import say_unused
from ganaug.synthesis.writer.naming import folder_name
from ganaug.utils.atomic_files import atomic_open_or_refuse
from ganaug.utils.errors import UsageError

PSEUDO = "pseudo-labelled images"
# Prefix of a generator's set, for its images together with the pseudo-labeled ones.
AND = f"{PSEUDO} and "
# Teachers of the second round also learn from the labels of the first.
ROUNDS, TEACHERS_A_ROUND = 2, 2
# Minimum probability of a label to be used.
LEAST_SURE = 0.9
# Maximum number of images for frozen features, since reading more takes time and gains little.
MOST_HEAP = 2000


def parts_of(synthetic: str) -> tuple[str, ...]:
    """Return the names of the sets that provide a candidate's further images.

    Example:
        >>> parts_of("pseudo-labelled images and dagan"), parts_of("expanded"), parts_of("")
        (('pseudo-labelled images', 'dagan'), ('expanded',), ())
    """
    if synthetic.startswith(AND):
        return (PSEUDO, synthetic.removeprefix(AND))
    return (synthetic,) if synthetic else ()


class LabeledHeap:
    """The labeled images of a heap, as a folder of class folders.

    Args:
        images: Output of `Heap.labeled`.
        class_names: Names of the classes.
        folder: Folder to write them to.

    Raises:
        UsageError: A file can't be written.
    """

    def __init__(self, images: Images, class_names: Sequence[str], folder: Path) -> None:
        self.folder = folder
        self.files = [
            f"{folder_name(class_names[label])}/{number:06}.png"
            for number, label in enumerate(images.labels.tolist())
        ]
        rows = range(len(self.files)) if images.rows is None else images.rows.tolist()
        for row in rows:
            pixels = images.images[row].permute(1, 2, 0).squeeze(-1).numpy()
            with atomic_open_or_refuse(folder / self.files[row]) as file:
                Image.fromarray(pixels).save(file, "png")

    def place_from(self, file: Path) -> str:
        """Return the folder, relative to the folder of a file of results."""
        return self.folder.relative_to(file.parent).as_posix()


class Heap:
    """Unlabeled images of a data module and of a folder.

    Args:
        data: The data module; its unlabeled training images are part of the heap.
        folder: Folder with more images, including subfolders; the labeled images of the data
            module are left out.
        at: Returns the data module for an image size in pixels.

    Attributes:
        files: Usable files of the folder.
        complete: Whether the folder holds no labeled images.

    Raises:
        UsageError: There are no images, or test images are among the data module's unlabeled ones.
    """

    def __init__(self, data: Any, folder: str | Path | None, at: Callable[[int], Any]) -> None:
        self.folder, self.at = folder, at
        unlabeled, _ = data.images("unlabelled")
        names = [f"unlabeled image {number}" for number in range(len(unlabeled))]
        test = data.images("test")[0]
        refuse_leaks(test, data.paths("test"), {"unlabeled": (unlabeled, names)})
        self.files, pixels, self.complete = self._usable(data)
        images = torch.cat([unlabeled, pixels])
        if not len(images):
            raise UsageError(
                f"unlabelled: {folder} holds no readable images without a label; give another "
                "folder"
            )
        self._images_by_size = {(data.image_size, cast("int | None", None)): images}
        self.identity = digest_of_tensor(images)

    def images(self, size: int, limit: int | None) -> Tensor:
        """Return at most `limit` images at a size in pixels, starting with the data module's."""
        if (size, limit) not in self._images_by_size:
            data = self.at(size)
            unlabeled, _ = data.images("unlabelled", limit)
            files = _evenly_spaced(self.files, None if limit is None else limit - len(unlabeled))
            self._images_by_size[size, limit] = (
                torch.cat([unlabeled, _pixels(files, data)[1]]) if files else unlabeled
            )
        return self._images_by_size[size, limit]

    @staticmethod
    def labeled(images: Tensor, teach: Callable[[Images, int], Tensor]) -> Images:
        """Return images with the teachers' labels; `rows` are those with a confident label.

        Args:
            images: `[N, C, S, S]` uint8.
            teach: Trains a teacher on the real images and labeled ones, with a seed, and returns
                its probabilities `[N, K]` for all images.
        """
        labeled = Images(images[:0], torch.empty(0, dtype=torch.long))
        for turn in range(ROUNDS):
            seeds = range(turn * TEACHERS_A_ROUND, (turn + 1) * TEACHERS_A_ROUND)
            probabilities = torch.stack([teach(labeled, seed) for seed in seeds]).mean(dim=0)
            confidence, labels = probabilities.max(dim=1)
            rows = (confidence >= LEAST_SURE).nonzero()[:, 0]
            labeled = Images(images, labels, rows=rows)
        return labeled

    def _usable(self, data: Any) -> tuple[list[str], Tensor, bool]:
        """Return unlabeled files, their pixels, and whether no file is labeled; print the rest.

        Labeled images are left out, since a classifier could be trained on them, with a teacher's
        label, and then be scored on them as test or held-out images.
        """
        files, layout = find_all(self.folder) if self.folder is not None else ([], Layout())
        readable, pixels, unreadable = _pixels([*map(str, files)], data)
        layout.left_out.update(unreadable)
        say_unused(layout)
        if skipped := layout.skipped():
            say(printable(f"unlabelled: {skipped}"))
        known_digests = labeled_digests(data)
        rows = [
            row for row, image in enumerate(pixels) if digest_of_pixels(image) not in known_digests
        ]
        if num_labeled := len(readable) - len(rows):
            say(
                f"unlabelled: {num_labeled:,} of {len(readable):,} images in {self.folder} are "
                "also among the labeled images, so they are left out"
            )
        return [readable[row] for row in rows], pixels[rows], not num_labeled


def _pixels(files: Sequence[str], data: Any) -> tuple[list[str], Tensor, dict[str, str]]:
    """Return readable files, their pixels, and why the other files can't be read."""
    from datamodules.reading.scan import scan_images

    reader = replace(data.reader, image_size=data.image_size, channels=data.channels)
    scan = scan_images(files, reader)
    readable_rows = [row for row in range(len(files)) if row not in scan.unreadable]
    assert scan.pixels is not None, "scan_images keeps pixels here"
    unreadable = {files[row]: reason for row, reason in scan.unreadable.items()}
    return [files[row] for row in readable_rows], scan.pixels[readable_rows], unreadable


def _evenly_spaced(files: Sequence[str], limit: int | None) -> Sequence[str]:
    """Return at most `limit` files, evenly spaced.

    Example:
        >>> _evenly_spaced("abcdef", 3)
        ['a', 'c', 'e']
    """
    if limit is None or limit >= len(files):
        return files
    return [files[number * len(files) // limit] for number in range(limit)]
