"""Frozen networks: checkpoints hold a hash of their weights instead of the weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datamodules.console import say
from ganaug.training.checkpoints import CARD_KEY, networks_in
from ganaug.utils.errors import UsageError

# In a checkpoint's card.
FROZEN_KEY = "frozen_sha256"


def frozen_sha256(model: object) -> str | None:
    """Return the SHA-256 of the frozen weights that a model is trained with; None without any.

    Args:
        model: Any model. Those trained with a frozen network have the attribute `frozen_sha256`,
            which is empty if they were loaded where its weights are missing.
    """
    return getattr(model, FROZEN_KEY, None) or None


def other_frozen_weights(model: object, content: Mapping[str, Any], path: Path) -> str | None:
    """Describe how a model's frozen weights differ from those used to train a checkpoint.

    Args:
        model: A newly built model.
        content: Content of the checkpoint.
        path: File of the checkpoint, for the message.

    Returns:
        The message; None if the weights are the same, or if the checkpoint is from an earlier
        version and has no hash.
    """
    model_hash, checkpoint_hash = frozen_sha256(model), content.get(CARD_KEY, {}).get(FROZEN_KEY)
    if not model_hash or not checkpoint_hash or model_hash == checkpoint_hash:
        return None
    return (
        f"the weights of the frozen network (model.backbone {', '.join(networks_in(content))}) are "
        f"not those that {path} was trained with (SHA-256 {model_hash[:12]}…, then "
        f"{checkpoint_hash[:12]}…)"
    )


def refuse_other_frozen_weights(model: object, content: Mapping[str, Any], path: Path) -> None:
    """Refuse to resume a run with different frozen weights.

    Their shapes may match, but the discriminator was trained on other feature maps.

    Raises:
        UsageError: The frozen weights differ.
    """
    if difference := other_frozen_weights(model, content, path):
        raise UsageError(
            f"{difference}: put back the file that model.backbone_weights names, or the version of "
            "the package that has them, or begin another run with init_from"
        )


def say_other_frozen_weights(
    model: object, content: Mapping[str, Any], path: Path, consequence: str
) -> None:
    """Print a note if a model's frozen weights differ from those of the checkpoint it loads.

    Args:
        model: A newly built model.
        content: Content of the checkpoint.
        path: File of the checkpoint.
        consequence: Consequence to state in the note.
    """
    if difference := other_frozen_weights(model, content, path):
        say(f"note: {difference}; {consequence}")
