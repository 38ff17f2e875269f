"""Checks before a fit: refuse data, trainer settings or checkpoints that don't suit the model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from torch import Tensor, nn

from ganaug.protocols import Classifier
from ganaug.training.checkpoints import CARD_KEY, IMAGES_PER_BATCH, read_plain
from ganaug.training.frozen import refuse_other_frozen_weights
from ganaug.training.image_pool import EXTRA
from ganaug.training.run import display, run_of
from ganaug.training.run_files import batches_in
from ganaug.training.setting_files import read_settings
from ganaug.training.trainers import images_per_batch
from ganaug.utils.errors import UsageError

# Batches that a model may require, and the settings that produce them.
BATCHES = {
    "halved": "both classes in each batch: use the data unpaired_folders with data.source and "
    "data.target",
    "paired": "batches of pairs within a class: set data.paired to true",
}


def check_data(model: LightningModule, data: Any) -> None:
    """Refuse data whose batches the model can't learn from.

    Raises:
        UsageError: Some images have no label and the model isn't a classifier; or the batches don't
            have the structure that the model requires; or batch normalization gets single images.
    """
    if data.num_unlabelled and not isinstance(model, Classifier):
        raise UsageError(
            f"{data.num_unlabelled:,} training images have no label, and {type(model).__name__} "
            "does not learn from both kinds: fit sgan, or leave out data.labels_per_class and "
            "data.unlabelled"
        )
    batch_kind = getattr(model, "batch_kind", "plain")
    if batch_kind in BATCHES and batch_kind != data.batch_kind:
        raise UsageError(f"{type(model).__name__} needs {BATCHES[batch_kind]}")
    if data.batch_kind == "paired" != batch_kind:
        raise UsageError(
            f"data.paired is true, which makes batches of pairs within a class, from which "
            f"{type(model).__name__} does not learn: leave it out, or fit dagan"
        )
    # Raises an error if a batch can't be filled, before the run's folder is created.
    data.train_dataloader()
    refuse_single_images(model, data)


def refuse_single_images(model: LightningModule, data: Any) -> None:
    """Refuse batches of one image if a layer normalizes each feature over the batch alone.

    Raises:
        UsageError: The batch size is 1, or there is only one image.
    """
    # BatchNorm2d is unaffected: it also normalizes over the pixels.
    if data.hparams["batch_size"] > 1 or not any(
        isinstance(layer, nn.BatchNorm1d) for layer in model.modules()
    ):
        return
    raise UsageError(
        f"data.batch_size is 1, and {type(model).__name__} normalizes over the images of a batch: "
        "set it to 2 or more; with a single training image on each device, add images "
        "or fit dcgan"
    )


def check_trainer(model: LightningModule, trainer: Trainer) -> None:
    """Refuse trainer settings that Lightning ignores or misapplies under manual optimization.

    Raises:
        UsageError: The trainer is set to clip or accumulate gradients.
    """
    if model.automatic_optimization:
        return
    values = {"gradient_clip_val": trainer.gradient_clip_val or 0}
    values["accumulate_grad_batches"] = trainer.accumulate_grad_batches - 1
    for name, model_setting in {
        "gradient_clip_val": "grad_clip",
        "accumulate_grad_batches": "accumulate",
    }.items():
        if values[name]:
            instead = (
                f"set model.{model_setting}" if model_setting in model.hparams else "leave it out"
            )
            raise UsageError(
                f"trainer.{name} is for models whose steps Lightning takes, and the players of "
                f"{type(model).__name__} take theirs in turn; {instead}"
            )


def check_resumed(settings: Any) -> None:
    """Refuse changes to settings that are fixed for a resumed run; other changes take effect.

    Args:
        settings: Settings of the fit, with the checkpoint to resume from.

    Raises:
        UsageError: Such a setting differs; the message names it, its value and what to do.
    """
    run = run_of(Path(settings.resume))
    run_settings = read_settings(run / "config.yaml")
    root = settings.trainer.default_root_dir
    run_root = (run_settings.get("trainer") or {}).get("default_root_dir")
    for name, value, run_value, reason in (
        ("init_from", settings.init_from, run_settings.get("init_from"), "has weights of its own"),
        ("sizes", settings.sizes, run_settings.get("sizes"), "has its size"),
        ("trainer.default_root_dir", root, run_root, f"goes on in {display(run)}"),
    ):
        if value != run_value:
            raise UsageError(
                f"{name} is {value}, and the run to resume {reason}: leave {name} out, or begin "
                "another run without resume"
            )


def check_checkpoint(model: LightningModule, data: Any, checkpoint: Path) -> None:
    """Refuse to resume from an unsuitable checkpoint, before anything of the run is written.

    Raises:
        UsageError: The checkpoint can't be read, holds other networks, was fitted with other frozen
            weights, on other images or in batches of another size, or is older than the run's last
            checkpoint.
    """
    content = read_plain(checkpoint)
    refuse_other_networks(model, content.get("state_dict", {}), checkpoint)
    refuse_other_frozen_weights(model, content, checkpoint)
    refuse_other_images(data, content.get(CARD_KEY, {}).get("fingerprint"), checkpoint)
    refuse_other_batches(data, content.get(IMAGES_PER_BATCH), checkpoint)
    refuse_to_lose_batches(checkpoint)


def refuse_other_networks(
    model: LightningModule, weights: Mapping[str, Any], checkpoint: Path
) -> None:
    """Refuse weights whose names or shapes differ from the model's.

    Raises:
        UsageError: They differ; the message names the first such weight.
    """
    checkpoint_shapes, model_shapes = _shapes(weights), _shapes(model.state_dict())
    if differences := sorted(checkpoint_shapes.items() ^ model_shapes.items()):
        name = differences[0][0]
        checkpoint_shape, model_shape = (
            shapes.get(name, "missing") for shapes in (checkpoint_shapes, model_shapes)
        )
        raise UsageError(
            f"{checkpoint} does not hold the networks that {type(model).__name__} has with these "
            f"settings and in this version of ganaug ({name}: {checkpoint_shape} there, "
            f"{model_shape} here): leave out settings that the run did not have, or begin another "
            "run with init_from"
        )


def _shapes(weights: Mapping[str, Any]) -> dict[str, str]:
    """Return the shape of each weight as text; for other state, only that it exists.

    Other state, such as an image pool, may have any size.
    """
    return {
        name: " x ".join(map(str, weight.shape)) or "a number"
        if isinstance(weight, Tensor)
        else "no tensor"
        for name, weight in weights.items()
        if not name.endswith(EXTRA)
    }


def refuse_other_images(data: Any, fingerprint: str | None, checkpoint: Path) -> None:
    """Refuse training images other than the run's.

    The split depends on the content and number of the images. With other images, validation images
    may include some that the run was fitted on, and the metrics would be biased.

    Raises:
        UsageError: The training images differ.
    """
    if fingerprint not in (None, data.fingerprint):
        raise UsageError(
            f"the training images are not those that {checkpoint} was fitted on, and of those "
            "held out now some may have been: put them back, or begin another run with "
            "init_from"
        )


def refuse_other_batches(data: Any, run_images: int | None, checkpoint: Path) -> None:
    """Refuse another number of images per batch than the run's, over all devices.

    Schedules, the burn-in of penalties and the position in an epoch are counted in batches.

    Args:
        data: Data module of the fit, attached to its trainer.
        run_images: Images per batch of the run; None in checkpoints of earlier versions.
        checkpoint: The checkpoint.

    Raises:
        UsageError: The numbers differ; the message says which batch size keeps the run's number.
    """
    if run_images is None or (images := images_per_batch(data, data.trainer)) == run_images:
        return
    devices = data.trainer.world_size
    same = f"Set data.batch_size to {run_images // devices}"
    if run_images % devices:
        same = "Use as many devices and the same batch size as before"
    raise UsageError(
        f"{checkpoint} was fitted with {run_images} images per batch over all devices; this call "
        f"uses {images}, which would shift its schedules. {same}, or start a new run with init_from"
    )


def refuse_to_lose_batches(checkpoint: Path) -> None:
    """Refuse to resume from a checkpoint that is older than the run's last one.

    Raises:
        UsageError: The checkpoint is older, so later results would be overwritten.
    """
    last = checkpoint.with_name("last.ckpt")
    if checkpoint.name == last.name or not last.is_file():
        return
    batches, last_batches = batches_in(checkpoint), batches_in(last)
    if last_batches > batches:
        raise UsageError(
            f"{checkpoint} was written after {batches:,} batches, and {last}, which would be "
            f"overwritten, after {last_batches:,}: resume {display(run_of(checkpoint))}, begin "
            f"another run with init_from {checkpoint}, or move last.ckpt out of the folder"
        )
