"""Checks before a fit: data, trainer or checkpoint that do not suit the model are refused."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from torch import Tensor, nn

from datamodules.console import say
from ganaug.networks.projected import ProjectedDiscriminator
from ganaug.protocols import Classifier
from ganaug.training.checkpoints import CARD_KEY, find_checkpoint, read_plain
from ganaug.training.frozen import refuse_other_frozen_weights, say_other_frozen_weights
from ganaug.training.image_pool import EXTRA
from ganaug.training.run import display, run_of
from ganaug.training.run_files import batches_in
from ganaug.training.setting_files import read_settings
from ganaug.training.transfer import freeze_layers, start_from
from ganaug.utils.errors import UsageError

# What a model that names a kind of batch needs, and how to come by it.
BATCHES = {
    "halved": "both classes in each batch: use the data unpaired_folders with data.source and "
    "data.target",
    "paired": "batches of pairs within a class: set data.paired to true",
}


def check_data(model: LightningModule, data: Any) -> None:
    """Refuse, before anything is trained, data whose batches the model can't learn from.

    Raises:
        UsageError: Some images have no label, which only a classifier learns from; or batches are
            not of the kind that the model names, or of one image that it can't normalize.
    """
    if data.num_unlabelled and not isinstance(model, Classifier):
        raise UsageError(
            f"{data.num_unlabelled:,} training images have no label, and {type(model).__name__} "
            "does not learn from both kinds: fit sgan, or leave out data.labels_per_class and "
            "data.unlabelled"
        )
    wanted = getattr(model, "batch_kind", "plain")
    if wanted in BATCHES and wanted != data.batch_kind:
        raise UsageError(f"{type(model).__name__} needs {BATCHES[wanted]}")
    if data.batch_kind == "paired" != wanted:
        raise UsageError(
            f"data.paired is true, which makes batches of pairs within a class, from which "
            f"{type(model).__name__} does not learn: leave it out, or fit dagan"
        )
    # Batches that can't be filled are refused now, and leave no folder behind.
    data.train_dataloader()
    refuse_single_images(model, data)


def refuse_single_images(model: LightningModule, data: Any) -> None:
    """Refuse batches of one image where a layer normalizes each value over the images of a batch.

    Raises:
        UsageError: The batch size is 1, or there is one image only.
    """
    # Those of two dimensions normalize over the pixels, too.
    if data.hparams["batch_size"] > 1 or not any(
        isinstance(layer, nn.BatchNorm1d) for layer in model.modules()
    ):
        return
    raise UsageError(
        f"data.batch_size is 1, and {type(model).__name__} normalizes over the images of a batch: "
        "set it to 2 or more; with a single training image on each device, add images "
        "or fit dcgan"
    )


def start(model: LightningModule, settings: Any, class_names: Sequence[str] = ()) -> None:
    """Begin with the weights of a fitted model, and hold early layers, where that is asked for.

    Raises:
        UsageError: The checkpoint does not fit, or layers are to be held that were not fitted.
    """
    new: list[str] = []
    if settings.init_from and not settings.resume:
        path = find_checkpoint(Path(settings.init_from))
        began = start_from(model, path, class_names)
        new = [*began.own, *began.converted]
        so, fitted = "the discriminator has to learn from other maps", read_plain(path)
        say_other_frozen_weights(model, fitted, path, so)
        say(f"start: {len(began.taken)} weights of {settings.init_from}, {len(began.own)} are new")
        if began.own:
            _say_other_size(model, fitted[CARD_KEY], settings.init_from)
    if not settings.freeze_discriminator_layers:
        return
    discriminator = getattr(getattr(model, "game", None), "discriminator", None)
    if discriminator is None or not (settings.init_from or settings.resume):
        raise UsageError(
            "freeze_discriminator_layers is for a model with one discriminator that starts from a "
            "fitted one: give init_from as well"
        )
    refuse_parallel_heads(discriminator, settings.freeze_discriminator_layers)
    for layer in freeze_layers(discriminator, settings.freeze_discriminator_layers):
        # A layer with spectral normalization keeps its weight under a longer name.
        if any(name.startswith(f"game.discriminator.{layer}.") for name in new):
            raise UsageError(
                f"freeze_discriminator_layers {settings.freeze_discriminator_layers} would freeze "
                f"{layer}, which is new here: the fitted model saw another number of channels or "
                "was told the class"
            )


def _say_other_size(model: LightningModule, card: Mapping[str, Any], origin: str) -> None:
    """Say that images of another size, for which networks have other layers, make weights new."""
    own, fitted = model.hparams.get("image_size"), card.get("image_size")
    if own and fitted and own != fitted:
        say(
            f"note: {origin} was fitted on images of {fitted} pixels, and these have {own}; with "
            f"data.image_size {fitted} the fit would take more of its weights"
        )


def refuse_parallel_heads(discriminator: object, count: int) -> None:
    """Refuse to freeze layers of a discriminator whose first layers never learn anyway.

    A projected one has a small network for each scale, of which the first would be frozen whole.

    Raises:
        UsageError: The discriminator is a projected one.
    """
    if isinstance(discriminator, ProjectedDiscriminator):
        raise UsageError(
            f"freeze_discriminator_layers is {count}, and the early layers of this discriminator "
            "are those of model.backbone, which never learn: set it to 0"
        )


def check_trainer(model: LightningModule, trainer: Trainer) -> None:
    """Refuse what Lightning does of itself alone, where the players of a game take their steps.

    Raises:
        UsageError: The trainer is to clip or to accumulate gradients.
    """
    if model.automatic_optimization:
        return
    asked = {"gradient_clip_val": trainer.gradient_clip_val or 0}
    asked["accumulate_grad_batches"] = trainer.accumulate_grad_batches - 1
    for name, own in {
        "gradient_clip_val": "grad_clip",
        "accumulate_grad_batches": "accumulate",
    }.items():
        if asked[name]:
            instead = f"set model.{own}" if own in model.hparams else "leave it out"
            raise UsageError(
                f"trainer.{name} is for models whose steps Lightning takes, and the players of "
                f"{type(model).__name__} take theirs in turn; {instead}"
            )


def check_resumed(settings: Any) -> None:
    """Refuse settings that a resumed run can't take up, where they are not those that it has.

    All others take effect.

    Args:
        settings: Settings of the fit, with the checkpoint to resume from.

    Raises:
        UsageError: Names the first, its value and what to do.
    """
    run = run_of(Path(settings.resume))
    kept = read_settings(run / "config.yaml")
    root = settings.trainer.default_root_dir
    own = (kept.get("trainer") or {}).get("default_root_dir")
    for name, value, before, reason in (
        ("init_from", settings.init_from, kept.get("init_from"), "has weights of its own"),
        ("sizes", settings.sizes, kept.get("sizes"), "has its size"),
        ("trainer.default_root_dir", root, own, f"goes on in {display(run)}"),
    ):
        if value != before:
            raise UsageError(
                f"{name} is {value}, and the run to resume {reason}: leave {name} out, or begin "
                "another run without resume"
            )


def check_checkpoint(model: LightningModule, data: Any, checkpoint: Path) -> None:
    """Refuse, before anything of the run is written, to go on from what does not suit it.

    Raises:
        UsageError: The checkpoint can't be read; it holds other networks, or was fitted with other
            frozen ones or on other images; or a later one of the run would be lost.
    """
    content = read_plain(checkpoint)
    refuse_other_networks(model, content.get("state_dict", {}), checkpoint)
    refuse_other_frozen_weights(model, content, checkpoint)
    refuse_other_images(data, content.get(CARD_KEY, {}).get("fingerprint"), checkpoint)
    refuse_to_lose_batches(checkpoint)


def refuse_other_networks(
    model: LightningModule, weights: Mapping[str, Any], checkpoint: Path
) -> None:
    """Refuse weights of other names or shapes than the model's.

    Raises:
        UsageError: Names the first.
    """
    given, own = _shapes(weights), _shapes(model.state_dict())
    if other := sorted(given.items() ^ own.items()):
        name = other[0][0]
        there, here = (each.get(name, "missing") for each in (given, own))
        raise UsageError(
            f"{checkpoint} does not hold the networks that {type(model).__name__} has with these "
            f"settings and in this version of ganaug ({name}: {there} there, {here} here): leave "
            "out settings that the run did not have, or begin another run with init_from"
        )


def _shapes(weights: Mapping[str, Any]) -> dict[str, str]:
    """Return the shape of each weight, in words; of anything else that it is there.

    What modules keep besides, such as a history of images, may have any size.
    """
    return {
        name: " x ".join(map(str, weight.shape)) or "a number"
        if isinstance(weight, Tensor)
        else "no tensor"
        for name, weight in weights.items()
        if not name.endswith(EXTRA)
    }


def refuse_other_images(data: Any, fingerprint: str | None, checkpoint: Path) -> None:
    """Refuse training images that are not those of the run.

    Images are held out by their content and number, so that of other images some may be held out
    now that the run was fitted on, and the figures would be those of images known by heart.

    Raises:
        UsageError: They are not.
    """
    if fingerprint not in (None, data.fingerprint):
        raise UsageError(
            f"the training images are not those that {checkpoint} was fitted on, and of those "
            "held out now some may have been: put them back, or begin another run with "
            "init_from"
        )


def refuse_to_lose_batches(checkpoint: Path) -> None:
    """Refuse to go on from a checkpoint where the run's last one is further on.

    Raises:
        UsageError: The checkpoint is older, and later results would be overwritten.
    """
    last = checkpoint.with_name("last.ckpt")
    if checkpoint.name == last.name or not last.is_file():
        return
    here, there = batches_in(checkpoint), batches_in(last)
    if there > here:
        raise UsageError(
            f"{checkpoint} was written after {here:,} batches, and {last}, which would be "
            f"overwritten, after {there:,}: resume {display(run_of(checkpoint))}, begin another "
            f"run with init_from {checkpoint}, or move last.ckpt out of the folder"
        )
