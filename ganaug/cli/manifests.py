"""The manifest of a synthetic set, and the real images that its model was fitted on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganaug.utils.errors import UsageError
from ganaug.utils.safe_json import read_json

# What every set has besides its card and its counts.
NEEDED = ("class_names", "metadata_sha256")


def manifest_of(folder: Path) -> dict[str, Any]:
    """Read what synthesize.py wrote of a folder.

    Raises:
        UsageError: It did not write this one, or what it wrote was damaged.
    """
    try:
        manifest = read_json(folder / "manifest.json")
        card = dict(manifest["card"])
        dict(card["data"]["init_args"])
        dict(manifest["counts"]["synthetic"])
        return {**manifest, "card": card} | {name: manifest[name] for name in NEEDED}
    except UsageError as error:
        raise UsageError(f"--synthetic: {error}; make the set again, or take a copy") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"--synthetic: in {folder} there is no manifest.json of synthesize.py, which says on "
            "what images the model was fitted, and which were held out"
        ) from error


def data_behind(manifest: Mapping[str, Any], data_root: str | None) -> Any:
    """The data that the model was fitted on, split as it was then.

    Raises:
        UsageError: It is not what it was, so that held-out images may have been trained on.
    """
    from ganaug.training.checkpoints import Card
    from ganaug.training.fitted import unchanged_data_of

    card = manifest["card"]
    try:
        known = Card(**{**card, "class_names": tuple(card["class_names"])})
    except (KeyError, TypeError) as error:
        raise UsageError("--synthetic: its manifest.json says nothing of a fitted model") from error
    data = unchanged_data_of(known, data_root)
    if manifest.get("real_fingerprint") not in (None, card["fingerprint"]):
        raise UsageError(
            "the synthetic images were made of other real images than the model was fitted on "
            "(by --sources, or since the data has changed), which may be test images here: make "
            "them of the images of the fit"
        )
    return data
