"""SetRecord: the record that `synthesize` wrote about a set: manifest, model and data."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ganaug.synthesis.manifest import card_of, read_manifest, rows_of
from ganaug.synthesis.storage import SetFiles
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.synthesis.verification import Check, Verification
    from ganaug.training.checkpoints import Card

# Keys of every manifest besides its card and its counts.
NEEDED = ("class_names", "metadata_sha256")
# Settings of a fit's data that determine how files are read.
READING = ("fit", "bands", "window", "page", "background")


class SetRecord:
    """The record that `synthesize` wrote about a set.

    Args:
        files: Location of the set's files.

    Attributes:
        folder: The set's folder; for a set at an address, the folder of a temporary copy.
    """

    def __init__(self, files: SetFiles) -> None:
        self._files, self.folder = files, files.folder

    @property
    def images_folder(self) -> Path:
        """The folder of class folders; a temporary one for shards."""
        return self._files.images

    @property
    def results_folder(self) -> Path:
        """Folder for results about the set: the set's own folder."""
        return self._files.root

    @property
    def address(self) -> str:
        """The address that the set was copied from, such as s3://bucket/set; empty for a folder."""
        return self._files.address

    def results_file(self, out: str | Path | None, name: str, folder: Path | None = None) -> Path:
        """Return the file to write results about the set to.

        Args:
            out: The file that the user gave, if any.
            name: Name of the default file.
            folder: Folder of the default file; `results_folder` by default.

        Raises:
            UsageError: The set is at an address, and results in its temporary copy would be lost.
        """
        if out:
            return Path(out)
        if self.address:
            raise UsageError(
                f"out is missing: the set is at {self.address}, and results go to a file on this "
                f"machine; give `out`, such as {name}"
            )
        return (folder or self.results_folder) / name

    @property
    def name(self) -> str:
        """Name of the set: its folder's name, or the last part of its address."""
        address = self.address.rstrip("/")
        return PurePosixPath(address).name if address else self.results_folder.resolve().name

    @property
    def labelled_by(self) -> dict[str, str]:
        """`labels` and `label_column` as given to `from_folder`."""
        return self._files.labelled_by

    def place_from(self, file: Path) -> str:
        """Return the set's address, or its path relative to a file of results."""
        return self._files.place_from(file)

    @cached_property
    def manifest(self) -> dict[str, Any] | None:
        """The content of manifest.json; None if it is missing, damaged or of another program."""
        try:
            return read_manifest(self._files.root)
        except (OSError, ValueError):
            return None

    def required_manifest(self) -> dict[str, Any]:
        """Return the manifest.

        Raises:
            UsageError: `synthesize` did not write this set, or its manifest is damaged.
        """
        try:
            manifest: Any = read_manifest(self._files.root)
            card = dict(manifest["card"])
            dict(card["data"]["init_args"])
            dict(manifest["counts"]["synthetic"])
            return {**manifest, "card": card} | {name: manifest[name] for name in NEEDED}
        except UsageError as error:
            raise UsageError(f"dataset: {error}; make the set again, or take a copy") from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"dataset {self.address or self.folder}: there is no manifest.json of synthesize, "
                "which says on which images the model was fitted, and which were held out"
            ) from error

    @cached_property
    def card(self) -> "Card | None":
        """Card of the model and its data; None if the manifest has none."""
        from ganaug.training.checkpoints import Card

        try:
            card = card_of(self.manifest or {}, self._files.root)
            return Card(**{**card, "class_names": tuple(card["class_names"])})
        except (KeyError, TypeError):
            return None

    @property
    def trained_with(self) -> tuple[str, ...]:
        """Pretrained networks that helped to train the model, or those of imported images."""
        networks = self.card.trained_with if self.card else ()
        return tuple(dict.fromkeys((*networks, *((self.manifest or {}).get("trained_with") or ()))))

    @property
    def made_elsewhere(self) -> bool:
        """Whether another program made the images, imported by the method `folder` or not."""
        return self._files.foreign or "folder" in ((self.manifest or {}).get("sources") or ())

    @property
    def short(self) -> dict[str, int]:
        """Number of planned images, by class, that are missing because of filters."""
        short = (self.manifest or {}).get("short")
        if not isinstance(short, dict):
            return {}
        return {name: n for name, n in short.items() if isinstance(n, int) and n}

    @property
    def split_settings(self) -> dict[str, Any]:
        """Settings of the fit's data that decide which images are held out (see `splits_of`)."""
        try:
            return splits_of(card_of(self.manifest or {}, self._files.root)["data"])
        except (KeyError, TypeError, ValueError):
            return {}

    def data(self, data_root: str | None = None) -> Any:
        """Return the data module that the model was fitted on, split in the same way.

        Args:
            data_root: Where the images are now, if they have moved.

        Raises:
            UsageError: The manifest doesn't name the data, or the images have changed, so the model
                may have been trained on held-out images.
        """
        from ganaug.training.fitted import unchanged_data_of

        manifest = self.required_manifest()
        if self.card is None:
            raise UsageError("dataset: its manifest.json says nothing of a fitted model")
        data = unchanged_data_of(self.card, data_root)
        if manifest.get("real_fingerprint") not in (None, self.card.fingerprint):
            raise UsageError(
                "dataset: the synthetic images were made of other real images than the model was "
                "fitted on (by `sources`, or since the data has changed), which may be test "
                "images here: make them from the images of the fit"
            )
        return data

    def verify(self) -> "Verification":
        """Check every file against the manifest.

        Raises:
            UsageError: There is no manifest, or the set is unfinished.
        """
        from ganaug.synthesis.verification import verify

        return verify(self.results_folder)

    @cached_property
    def checks(self) -> "list[Check]":
        """The results of checking the set's files, as text."""
        from ganaug.synthesis.foreign import foreign_checks
        from ganaug.synthesis.verification import Check

        if self._files.foreign:
            files = [file for class_files in self._files.by_class.values() for file in class_files]
            return foreign_checks(files)
        try:
            return self.verify().checks
        except UsageError as error:
            # The checks are saved with results, which must not contain local paths.
            return [Check("whole", False, str(error).replace(str(self.results_folder), "it"))]

    @cached_property
    def _rows(self) -> list[dict[str, str]]:
        folder = self.images_folder.parent
        if self._files.foreign or not (folder / "metadata.csv").is_file():
            return []
        return [row for row in rows_of(folder) if row["file_name"]]


def splits_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a card's settings for the splits, groups, augmentation and reading of its data.

    With other splits or groups, the test images could include images that the generator was trained
    on, or images of the same patient. If the augmentation mirrors, the mirror image of a training
    image counts as a copy. With another range of values, real images would look different from
    those that the model was fitted on.
    """
    from datamodules.reading.images.reader import with_old_reading

    arguments = with_old_reading(data["init_args"])
    shares = {k: float(arguments[k]) for k in ("validation", "test") if k in arguments}
    as_read = ("augmentation", *READING)
    groups = {k: arguments[k] for k in ("groups", "group_column") if arguments.get(k)}
    return shares | groups | {k: arguments[k] for k in as_read if k in arguments}
