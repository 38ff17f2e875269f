"""How a fit begins: data that does not suit the model refused, weights of another run taken."""

from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule

from datamodules.console import say
from ganaug.checkpoints import read_plain
from ganaug.cli.fitted import find_checkpoint
from ganaug.errors import UsageError
from ganaug.fine_tuning import hold_early_layers, start_from
from ganaug.protocols import Classifier

# What a model that names a kind of batch needs, and how to come by it.
BATCHES = {
    "halved": "both classes in each batch: take --data unpaired_folders --data.source DIR "
    "--data.target DIR",
    "paired": "batches of pairs within a class: add --data.paired true",
}


def refuse_unfit_data(model: LightningModule, data: Any) -> None:
    """Refuse, before anything is trained, data whose batches the model can't learn from.

    Raises:
        UsageError: Some images have no label, which only a classifier learns from; or batches are
            not of the kind that the model names.
    """
    if data.num_unlabelled and not isinstance(model, Classifier):
        raise UsageError(
            f"{data.num_unlabelled:,} training images have no label, and {type(model).__name__} "
            "does not learn from both kinds: take --model sgan, or leave out --data.labelled and "
            "--data.unlabelled"
        )
    wanted = getattr(model, "batch_kind", "plain")
    if wanted in BATCHES and wanted != data.batch_kind:
        raise UsageError(f"{type(model).__name__} needs {BATCHES[wanted]}")
    if data.batch_kind == "paired" != wanted:
        raise UsageError(
            f"--data.paired true makes batches of pairs within a class, from which "
            f"{type(model).__name__} does not learn: leave it out, or take --model dagan"
        )


def start(model: LightningModule, settings: Any) -> None:
    """Begin with the weights of a fitted model, and hold early layers, where that is asked for.

    Raises:
        UsageError: The checkpoint does not fit, or layers are to be held that were not fitted.
    """
    new: list[str] = []
    if settings.init_from and not settings.resume:
        began = start_from(model, find_checkpoint(Path(settings.init_from)))
        new = began.own
        say(f"start: {len(began.taken)} weights of {settings.init_from}, {len(new)} are new")
    if not settings.hold_early:
        return
    discriminator = getattr(getattr(model, "game", None), "discriminator", None)
    if discriminator is None or not (settings.init_from or settings.resume):
        raise UsageError(
            "--hold-early is for a model with one discriminator that starts from a fitted one: "
            "give --init-from RUN as well"
        )
    for layer in hold_early_layers(discriminator, settings.hold_early):
        if f"game.discriminator.{layer}.weight" in new:
            raise UsageError(
                f"--hold-early {settings.hold_early} would hold {layer}, which is new here: the "
                "fitted model saw another number of channels or was told the class"
            )


def refuse_other_networks(model: LightningModule, checkpoint: Path) -> None:
    """Refuse to go on from a checkpoint whose weights have other names than the model's.

    Raises:
        UsageError: They have, or it can't be read.
    """
    there = read_plain(checkpoint).get("state_dict", {})
    if other := sorted(there.keys() ^ model.state_dict().keys()):
        raise UsageError(
            f"{checkpoint} does not hold the networks that {type(model).__name__} has in this "
            f"version of ganaug ({other[0]} is in one alone); fit the model again"
        )
