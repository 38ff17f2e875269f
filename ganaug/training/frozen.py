"""Frozen networks: checkpoints leave out their weights, and hold a hash to compare them by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datamodules.console import say
from ganaug.training.checkpoints import CARD_KEY, networks_in
from ganaug.utils.errors import UsageError

# In a checkpoint's card.
FROZEN_KEY = "frozen_sha256"


def frozen_sha256(model: object) -> str | None:
    """Return the SHA-256 of the frozen weights that a model is trained with, or None.

    Args:
        model: Any model; one that is trained with a frozen network has `frozen_sha256`.
    """
    return getattr(model, FROZEN_KEY, None)


def other_frozen_weights(model: object, content: Mapping[str, Any], path: Path) -> str | None:
    """Say how a model's frozen weights differ from those that a checkpoint's was trained with.

    Args:
        model: Newly built.
        content: Content of the checkpoint.
        path: File of the checkpoint, for the message.

    Returns:
        None where they are the same, or where it is not known: checkpoints of earlier versions
        hold no hash.
    """
    here, there = frozen_sha256(model), content.get(CARD_KEY, {}).get(FROZEN_KEY)
    if not here or not there or here == there:
        return None
    return (
        f"the weights of the frozen network (model.backbone {', '.join(networks_in(content))}) are "
        f"not those that {path} was trained with (SHA-256 {here[:12]}…, then {there[:12]}…)"
    )


def refuse_other_frozen_weights(model: object, content: Mapping[str, Any], path: Path) -> None:
    """Refuse to go on with other frozen weights than a run's.

    Their shapes may well be the same, but what the discriminator has learned is of other maps.

    Raises:
        UsageError: They are others.
    """
    if difference := other_frozen_weights(model, content, path):
        raise UsageError(
            f"{difference}: put back the file that model.backbone_weights names, or the version of "
            "the package that has them, or begin another run with init_from"
        )


def say_other_frozen_weights(
    model: object, content: Mapping[str, Any], path: Path, so: str
) -> None:
    """Say that a model has other frozen weights than the one whose weights it takes.

    Args:
        model: Newly built.
        content: Content of the checkpoint.
        path: File of the checkpoint.
        so: What follows from that.
    """
    if difference := other_frozen_weights(model, content, path):
        say(f"note: {difference}; {so}")
