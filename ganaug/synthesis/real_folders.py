"""Real images without a fit: folders read as data modules, and the cards that describe them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.record import splits_of
from ganaug.utils.errors import UsageError
from ganaug.utils.user_paths import folder_and_table

if TYPE_CHECKING:
    from ganaug.training.checkpoints import Card


def data_without_model(folder: str | None, image_size: int | None) -> Any:
    """Return the images of a folder, read and split as a fit would by default.

    Raises:
        UsageError: There is no folder.
    """
    from datamodules.image_folder import ImageFolderDataModule

    if folder is None:
        raise UsageError(
            "model is missing; give a checkpoint, or, for the methods albumentations and "
            "diffusers, the folder of the real images as `sources` or `data_root`"
        )
    settings: dict[str, Any] = {} if image_size is None else {"image_size": image_size}
    root, table = folder_and_table(folder)
    return ImageFolderDataModule(root=root, **settings | table)


def card_without_model(data: Any) -> "Card":
    """Return the card of real images that no model was fitted on."""
    from ganaug.training.checkpoints import Card

    return Card.from_checkpoint({**data.card(), "model": ""})


def card_without_data(dataset: SyntheticDataset, image_size: int | None) -> "Card":
    """Return the card of a set without known real images.

    Raises:
        UsageError: Its images have no class.
    """
    from ganaug.synthesis.foreign import WHAT_TO_GIVE
    from ganaug.training.checkpoints import Card

    if "" in dataset.class_names:
        raise UsageError(
            f"the images in {dataset.folder} have no class; {WHAT_TO_GIVE}, or, if all are of one "
            "class, its real images as `data_root`"
        )
    return Card(
        model="",
        class_names=dataset.class_names,
        class_counts=dict.fromkeys(dataset.class_names, 0),
        image_size=image_size or dataset.image_size,
        channels=dataset.channels,
        value_range=(-1.0, 1.0),
        fingerprint="",
        data={"class_path": "", "init_args": {}},
    )


def folder_like(card: "Card", folder: str) -> Any:
    """Return the images of a folder of class folders, at the model's size.

    They are split and augmented as in the fit. Given the same folder, `evaluate` therefore holds
    out the same images, and tests on none from which the set was made.

    Raises:
        UsageError: The folder can't be split by the groups of the fit.
    """
    from ganaug.training.fitted import data_of, is_root_of

    if is_root_of(card, folder):
        return data_of(card, None)
    settings: dict[str, Any] = {"image_size": card.image_size, "channels": card.channels}
    return grouped_folder(folder, settings | splits_of(card.data))


def grouped_folder(folder: str, settings: Mapping[str, Any]) -> Any:
    """Return the images of a folder, or of a table in it, by a fit's settings.

    Raises:
        UsageError: The settings' groups don't apply to the folder's files.
    """
    from datamodules.errors import DataError
    from datamodules.image_folder import ImageFolderDataModule

    root, table = folder_and_table(folder)
    data = ImageFolderDataModule(root=root, **{**settings, **table})
    if groups := settings.get("groups"):
        try:
            _ = data.class_names  # reads the groups
        except DataError as error:
            raise UsageError(
                f"{error}. The fit kept the images of a group together (groups {groups!r}), and "
                f"those in {folder} are split as in the fit; if these groups don't apply, give a "
                "folder to which they do, or the images of the fit"
            ) from error
    return data
