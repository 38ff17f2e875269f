"""The data that a model was fitted on, rebuilt from its card."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datamodules.errors import DataError
from datamodules.reading.folders.class_names import expanded, find_name
from datamodules.reading.folders.outputs import refuse_inside
from ganaug.models.registry import class_of, data_modules
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.training.checkpoints import Card


class ChangedImagesError(UsageError):
    """The images are not those that a model was fitted on."""


def data_of(card: "Card", data_root: str | None) -> Any:
    """Rebuild the data module that a checkpoint was fitted on.

    Args:
        card: The checkpoint's card.
        data_root: Where the images are now, if they have moved.

    Raises:
        ChangedImagesError: The data has other classes.
        UsageError: The card names no data module, or `data_root` is given and the data module has
            no setting for it.
    """
    kind = _data_class(card.data["class_path"])
    arguments = dict(card.data["init_args"])
    if data_root and "root" not in arguments:
        folders = [str(arguments[name]) for name in ("source", "target") if arguments.get(name)]
        origin = f"came from {' and '.join(folders)}; put the images back there"
        none = f"is a {kind.__name__}, which has no setting root; leave data_root out"
        raise UsageError(f"data_root: the checkpoint's data {origin if folders else none}")
    arguments |= {"root": data_root} if data_root else {}
    try:
        data = kind(**arguments)
    except TypeError as error:
        raise UsageError(
            f"the checkpoint's settings of {kind.__name__} do not fit this version of ganaug: "
            f"{error}. Fit again, or use the version that wrote it"
        ) from error
    matched_names = [find_name(name, data.class_names) for name in card.class_names]
    if matched_names != list(data.class_names) and (numbered := _by_numbers(kind, arguments, card)):
        return numbered
    if matched_names != list(data.class_names):
        raise ChangedImagesError(
            f"the real images now have the classes {', '.join(data.class_names)}, and the "
            f"checkpoint was fitted on {', '.join(card.class_names)}; give `data_root` the "
            "images that it was fitted on"
        )
    return data


def _by_numbers(kind: Any, arguments: Mapping[str, Any], card: "Card") -> Any | None:
    """Return the same data with numbers for class names, or None if there is no such data.

    A file such as classes.txt names numbered folders; it may be newer than the fit.
    """
    numbered = all(name.isdecimal() for name in card.class_names)
    if not numbered or "classes" not in arguments or arguments["classes"]:
        return None
    data = kind(**{**arguments, "classes": list(card.class_names)})
    try:
        _ = data.class_names
    except DataError:
        return None
    return data


def unchanged_data_of(card: "Card", data_root: str | None) -> Any:
    """Rebuild the data as `data_of` does; refuse it if the images have changed.

    With other images, those held out now may be some that the model was fitted on.

    Args:
        card: The checkpoint's card.
        data_root: Where the images are now, if they have moved.

    Raises:
        ChangedImagesError: The images have changed.
        UsageError: See `data_of`.
    """
    data = data_of(card, data_root)
    if data.fingerprint != card.fingerprint:
        raise ChangedImagesError(
            "the real images are not the ones that the model was fitted on, so it can't be told "
            "which of them it was fitted on, and which were held out. Put them back, or give "
            "`data_root`"
        )
    return data


def is_root_of(card: "Card", folder: str | Path) -> bool:
    """Return whether a folder is the one that a model was fitted on."""
    root = card.data["init_args"].get("root")
    return bool(root) and Path(expanded(root)).resolve() == Path(expanded(folder)).resolve()


def refuse_in_data(
    output: str | Path, data: Mapping[str, Any], argument: str, data_root: str | None = None
) -> None:
    """Refuse to write images into a folder of training data, where they would be read as data.

    Args:
        output: Folder to write images to.
        data: The data recorded in the model's card.
        argument: Name of the parameter that holds the output, for the error.
        data_root: Where the data is now, if it has moved.

    Raises:
        DataError: The output lies in a folder of the data.
    """
    # MNIST is stored in IDX files, so image files in its folder are never read.
    if "Folder" not in data.get("class_path", ""):
        return
    args = data["init_args"]
    for folder in (data_root or args.get("root"), args.get("source"), args.get("target")):
        if folder is not None:
            refuse_inside(output, folder, argument)


def _data_class(class_path: str) -> Any:
    # Checkpoints are untrusted: only registered data modules are built from the name in the file.
    if class_path not in data_modules().values():
        raise UsageError(
            f"the checkpoint needs the data module {class_path}, which is not registered; import "
            "the module that registers it first (`plugins`)"
        )
    return class_of(class_path)
