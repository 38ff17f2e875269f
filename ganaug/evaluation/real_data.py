"""The real images to compare synthetic ones with, from what the user gave."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.utils.errors import UsageError, did_you_mean
from ganaug.utils.user_paths import expand_user, folder_and_table

if TYPE_CHECKING:
    from ganaug.synthesis.dataset import SyntheticDataset
    from ganaug.training.checkpoints import Card


FORMS = (
    "a folder, mnist, a dictionary of settings with root, a data module such as "
    "ganaug.ImageFolder(…), or a run"
)


def real_data(
    dataset: "SyntheticDataset",
    data: Any = None,
    data_root: str | Path | None = None,
    image_size: int | None = None,
) -> Any:
    """Return the data module of the real images, at the size of the comparison with a set.

    Args:
        dataset: The synthetic images.
        data: A data module, `mnist`, a folder of images, a run, its folder or a checkpoint for the
            images it was fitted on, or None for the images that the set's model was fitted on.
            A folder is split as in the fit, groups included; otherwise the generator could have
            been trained on test images. The path of a table of labels stands for its folder. A
            dictionary has a folder as `root`, and other settings of `ImageFolder`, such as `labels`
            and `label_column`.
        data_root: Where the images are now, if they have moved.
        image_size: Side in pixels, for a folder or `mnist` and a set from another program.

    Raises:
        UsageError: The arguments name no images or contradict each other, `data` is something
            else, or a folder can't be split by the fit's groups.
    """
    data, user_settings = folder_and_settings(data, "data")
    path = data if isinstance(data, str | Path) else None
    _refuse_contradictions(dataset, data, user_settings, data_root, image_size)
    root = str(data_root) if data_root else None
    if data is None:
        return _model_data(dataset, root)
    if path is None:
        return data
    from ganaug.training.fitted import is_root_of, unchanged_data_of

    if is_fit(Path(path)):
        from ganaug.training.checkpoints import load

        return unchanged_data_of(load(path).card, root)
    if _is_mnist(path):
        return _mnist(dataset, root, image_size)
    if (card := dataset.card) and not user_settings and is_root_of(card, path):
        return _fit_data(card)
    return _folder(path, user_settings, dataset, image_size)


def opened(
    value: Any,
    name: str,
    defaults: Mapping[str, Any] | None = None,
    reading: Mapping[str, Any] | None = None,
) -> Any:
    """Return the data module of real images that no set refers to.

    Args:
        value: A data module, `mnist`, a folder or its table, the settings of `ImageFolder`, or a
            run, its folder or a checkpoint for the images it was fitted on.
        name: The parameter, for messages.
        defaults: Settings for a folder, in place of those of `ImageFolder`.
        reading: Settings for a folder or `mnist` that the caller gave; None if not given.

    Raises:
        UsageError: It is something else, it contradicts `reading`, a setting would be ignored, or
            the images of a run have changed or moved.
    """
    if value is None:
        raise UsageError(f"{name} is missing; give {FORMS}")
    data, settings = folder_and_settings(value, name)
    path = data if isinstance(data, str | Path) else None
    fit = path is not None and is_fit(Path(path))
    _refuse_ignored(path, settings)
    caller_settings = {
        key: setting for key, setting in (reading or {}).items() if setting is not None
    }
    for key, setting in caller_settings.items():
        if path is None or fit or key in settings:
            raise UsageError(f"{key} is {setting}, and `{name}` has its own {key}; leave it out")
    if path is None:
        return data
    if fit:
        return _unchanged_data(path, name)
    if _is_mnist(path):
        from datamodules.mnist import MNISTDataModule

        return MNISTDataModule(**caller_settings)
    from datamodules.image_folder import ImageFolderDataModule

    return ImageFolderDataModule(
        **{"root": str(path), **(defaults or {}), **caller_settings, **settings}
    )


def _unchanged_data(path: str | Path, name: str) -> Any:
    """Return the images of a fit, for a call that has no `data_root`."""
    from datamodules.errors import DataError
    from ganaug.training.checkpoints import load
    from ganaug.training.fitted import ChangedImagesError, unchanged_data_of

    card = load(path).card
    try:
        return unchanged_data_of(card, None)
    except (ChangedImagesError, DataError) as error:
        raise UsageError(
            f"{name}: the images of {path} have changed or moved; give their folder instead of the "
            "run"
        ) from error


def _path_of_fit(value: Any, name: str) -> Any:
    """Return a run's folder, a loaded checkpoint's file, or any other form unchanged.

    Args:
        value: What the user gave as real images.
        name: The parameter, for messages.

    Raises:
        UsageError: Real images can't be read from it.
    """
    from ganaug.training.checkpoints import Checkpoint
    from ganaug.training.run import Run

    if isinstance(value, Run):
        return value.folder
    if isinstance(value, Checkpoint):
        return value.path
    # `paths` tells a data module, which may be a user's own class, from a torch data set.
    if value is None or isinstance(value, str | Path | Mapping) or hasattr(value, "paths"):
        return value
    raise UsageError(f"{name} is a {type(value).__name__}; give {FORMS}")


def _refuse_contradictions(
    dataset: "SyntheticDataset",
    data: Any,
    user_settings: Mapping[str, Any],
    data_root: str | Path | None,
    image_size: int | None,
) -> None:
    """Refuse arguments of `real_data` that contradict each other or would be ignored."""
    path = data if isinstance(data, str | Path) else None
    fit = path is not None and is_fit(Path(path))
    read_in_one_way = fit or (path is not None and _is_mnist(path))
    if data is not None and data_root is not None and not read_in_one_way:
        raise UsageError(
            f"data_root {data_root} and `data` {data} both say where the real images are; give one"
        )
    _refuse_ignored(path, user_settings)
    size_known = path is None or fit or _settings_of(dataset) or "image_size" in user_settings
    if image_size is not None and size_known:
        raise UsageError(
            f"image_size is {image_size}, and the size of the images is known; leave it out, or "
            "give a folder as `data` and a set that another program made"
        )


def _refuse_ignored(path: str | Path | None, settings: Mapping[str, Any]) -> None:
    """Refuse settings of a folder along with a fit or MNIST, which would ignore them."""
    if settings and path is not None and (is_fit(Path(path)) or _is_mnist(path)):
        raise UsageError(
            f"data.root is {path}, which takes no other settings; leave out "
            f"{', '.join(f'data.{name}' for name in settings)}"
        )


def _settings_of(dataset: "SyntheticDataset") -> dict[str, Any]:
    """Return the settings of the real images from the set's manifest; empty without one."""
    settings = dataset.split_settings
    if not (settings or dataset.card):
        return {}
    return {"image_size": dataset.image_size, "channels": dataset.channels, **settings}


def _model_data(dataset: "SyntheticDataset", root: str | None) -> Any:
    """Return the images that the set's model was fitted on."""
    try:
        return dataset.data(root)
    except UsageError as error:
        raise UsageError(f"{error}; or name the real images by `data`") from error


def _is_mnist(path: str | Path) -> bool:
    """Return whether a text names the bundled sample; a `Path` always names a folder.

    Raises:
        UsageError: There is a folder of this name, too.
    """
    if isinstance(path, Path) or path.lower() != "mnist":
        return False
    if Path(path).is_dir():
        raise UsageError(
            f"{path} is both a folder here and the bundled sample; give the folder as ./{path} or "
            "the sample as ganaug.MNIST()"
        )
    return True


def _mnist(dataset: "SyntheticDataset", root: str | None, image_size: int | None) -> Any:
    from datamodules.mnist import MNISTDataModule
    from ganaug.synthesis.record import READING

    settings = _settings_of(dataset) or ({"image_size": image_size} if image_size else {})
    # MNIST has its own test images, and its files are always read in the same way.
    ignored = ("test", "groups", "group_column", *READING)
    return MNISTDataModule(root=root, **{k: v for k, v in settings.items() if k not in ignored})


def _folder(
    path: str | Path,
    user_settings: Mapping[str, Any],
    dataset: "SyntheticDataset",
    image_size: int | None,
) -> Any:
    """Return the images of a folder, split as for the fit of the set's model."""
    from ganaug.evaluation.common_size import common_size
    from ganaug.synthesis.real_folders import grouped_folder

    settings = _settings_of(dataset)
    if not settings:
        size = (
            user_settings.get("image_size") or image_size or common_size(dataset.image_size, path)
        )
        settings = {"image_size": size, "channels": "auto"}
    return grouped_folder(str(path), {**settings, **user_settings})


def folder_and_settings(data: Any, name: str) -> tuple[Any, dict[str, Any]]:
    """Return the folder and the other settings, from settings or from the path of a table.

    A run or a loaded checkpoint is returned as its path; anything else unchanged.

    Args:
        data: What the user gave as real images.
        name: The parameter, for messages.

    Raises:
        UsageError: Real images can't be read from it, there is no folder among the settings, or
            one of them is unknown.
    """
    data = _path_of_fit(data, name)
    if isinstance(data, str | Path):
        root, table = folder_and_table(data)
        return (root, table) if table else (data, {})
    if not isinstance(data, Mapping):
        return data, {}
    from datamodules.image_folder import ImageFolderDataModule
    from ganaug.training.settings import parameters_of

    settings, parameters = dict(data), parameters_of(ImageFolderDataModule)
    for setting in settings:
        if setting not in parameters:
            raise UsageError(
                f"there is no setting data.{setting}{did_you_mean(setting, parameters)}; use "
                f"{', '.join(sorted(parameters))}"
            )
    if not (root := settings.pop("root", None)):
        raise UsageError("data.root is missing; give the folder of the real images")
    return expand_user(root), settings


def _fit_data(card: "Card") -> Any:
    """Return the images of the fit with all of its settings; warn if they have changed."""
    from ganaug.training.fitted import data_of

    data = data_of(card, None)
    if data.fingerprint != card.fingerprint:
        print(
            "warning: the real images have changed since the model was fitted on them, so it may "
            "have been trained on some of the test images",
            file=sys.stderr,
        )
    return data


def is_fit(path: Path) -> bool:
    """Return whether a path is a run's folder or a checkpoint."""
    return path.suffix == ".ckpt" or (path / "checkpoints").is_dir()
