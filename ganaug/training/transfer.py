"""Fine-tuning: start from the weights of a fitted model, and optionally freeze early layers."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from lightning.pytorch import LightningModule
from torch import nn

from datamodules.console import say
from datamodules.reading.folders.class_names import find_name
from ganaug.evaluation.features.judges import trained_with
from ganaug.training.checkpoints import CARD_KEY, find_checkpoint, networks_in, read_plain
from ganaug.training.class_transfer import converted
from ganaug.training.frozen import say_other_frozen_weights
from ganaug.utils.errors import UsageError
from ganaug.utils.registry import dotted_path

# Attributes that hold the averaged generators of models with one game, several, a pair, or none.
AVERAGES = {
    r"^game\.generator\.": "averaged.network.",
    r"^games\.(\d+)\.generator\.": r"averaged.\1.network.",
    r"^(to_\w+)\.generator\.": r"averaged_\1.network.",
    r"^network\.": "averaged.network.",
}

# Buffers of spectral normalization with one entry for each row of the weight.
SPECTRAL = ("parametrizations.weight.original", "parametrizations.weight.0._u")


class Start(NamedTuple):
    """Names of the weights that a model took from a checkpoint, and of the rest.

    Attributes:
        copied: Names of the copied weights.
        initial: Names of weights that keep their initial values, because the checkpoint has none of
            their shape; shapes depend on the image size and on whether the model is conditional.
        converted: Names of copied weights that were converted, because only one of the two models
            is conditional.
    """

    copied: list[str]
    initial: list[str]
    converted: list[str]


def start(model: LightningModule, settings: Any, class_names: Sequence[str] = ()) -> None:
    """Apply `init_from` and `freeze_discriminator_layers`, if they are set.

    Raises:
        UsageError: The checkpoint does not fit, or a layer to be frozen has no fitted weights.
    """
    unfitted: list[str] = []
    if settings.init_from and not settings.resume:
        path = find_checkpoint(Path(settings.init_from))
        result = start_from(model, path, class_names)
        unfitted = [*result.initial, *result.converted]
        consequence, fitted = "the discriminator has to learn from other maps", read_plain(path)
        say_other_frozen_weights(model, fitted, path, consequence)
        say(
            f"start: {len(result.copied)} weights of {settings.init_from}, {len(result.initial)} "
            "are new"
        )
        if result.initial:
            _say_other_size(model, fitted[CARD_KEY], settings.init_from)
    if not settings.freeze_discriminator_layers:
        return
    discriminator = getattr(getattr(model, "game", None), "discriminator", None)
    if discriminator is None or not (settings.init_from or settings.resume):
        raise UsageError(
            "freeze_discriminator_layers is for a model with one discriminator that starts from a "
            "fitted one: give init_from as well"
        )
    refuse_frozen_backbone(discriminator, settings.freeze_discriminator_layers)
    for layer in freeze_layers(discriminator, settings.freeze_discriminator_layers):
        # Spectral normalization stores a layer's weight under a longer name.
        if any(name.startswith(f"game.discriminator.{layer}.") for name in unfitted):
            raise UsageError(
                f"freeze_discriminator_layers {settings.freeze_discriminator_layers} would freeze "
                f"{layer}, which is new here: the fitted model saw another number of channels or "
                "was told the class"
            )


def _say_other_size(model: LightningModule, card: Mapping[str, Any], origin: str) -> None:
    """Print a note if the image size differs, since networks then have different layers."""
    size, fitted = model.hparams.get("image_size"), card.get("image_size")
    if size and fitted and size != fitted:
        say(
            f"note: {origin} was fitted on images of {fitted} pixels, and these have {size}; with "
            f"data.image_size {fitted} the fit would take more of its weights"
        )


def refuse_frozen_backbone(discriminator: object, count: int) -> None:
    """Refuse to freeze layers of a discriminator whose early layers are frozen anyway.

    The trainable part of a projected discriminator is one small network per scale, and the first of
    them would be frozen whole.

    Raises:
        UsageError: The discriminator says that its backbone is frozen.
    """
    if getattr(discriminator, "has_frozen_backbone", False):
        raise UsageError(
            f"freeze_discriminator_layers is {count}, and the early layers of this discriminator "
            "are those of model.backbone, which never learn: set it to 0"
        )


@torch.no_grad()
def start_from(model: nn.Module, path: Path, class_names: Sequence[str] = ()) -> Start:
    """Load the weights of a fitted model into a new model of the same class.

    Generators start from their moving averages, which are far better than the last weights. A
    class starts from the weights (embedding and logit) of the class of the same name; a new class
    starts from the mean of all classes. If only one of the models is conditional, see
    `class_transfer.converted`.

    Args:
        model: A new model, possibly for other images or classes.
        path: Checkpoint of the fitted model.
        class_names: Class names of the new model, in the order of its labels.

    Raises:
        UsageError: The checkpoint can't be read, is of another model, or no weight of it fits.
    """
    content = read_plain(path)
    refuse_other_model(model, content, path)
    weights, converted_names = fitting_weights(model, content, class_names)
    copied, initial = [], []
    for name, weight in model.state_dict().items():
        # The strength of adaptive augmentation depends on the images, so it isn't transferred.
        if ".augmentation." in name:
            continue
        if name in weights:
            weight.copy_(weights[name])
            copied.append(name)
        else:
            initial.append(name)
    if not copied:
        raise UsageError(f"no weight of {path} has the shape that the model to fit needs")
    return Start(copied, initial, converted_names)


def refuse_other_model(model: nn.Module, content: Mapping[str, Any], path: Path) -> str:
    """Refuse a checkpoint of another model; return the class path of both.

    Raises:
        UsageError: The checkpoint is of another model.
    """
    fitted = content.get(CARD_KEY, {}).get("model", "no model of ganaug")
    own_path = dotted_path(model)
    if fitted != own_path:
        raise UsageError(
            f"init_from {path} is a checkpoint of {fitted}, and the model to fit is {own_path}; "
            "they must be the same"
        )
    return own_path


def fitting_weights(
    model: nn.Module, content: Mapping[str, Any], class_names: Sequence[str] = ()
) -> tuple[dict[str, torch.Tensor], list[str]]:
    """Return the weights that a model takes from a checkpoint, and the names of converted ones.

    Args:
        model: A new model.
        content: Content of the checkpoint.
        class_names: Class names of the new model, in the order of its labels.
    """
    state, fitted_classes = content["state_dict"], content[CARD_KEY].get("class_names", ())

    def find(name: str) -> torch.Tensor | None:
        fitted_weight = state.get(in_average(name), state.get(name))
        return fitted_weight if isinstance(fitted_weight, torch.Tensor) else None

    converted_weights = converted(model, find, fitted_classes, class_names)
    of_classes, fitting = class_weights(model), {}
    for name, weight in model.state_dict().items():
        fitted_weight = converted_weights.get(name, find(name))
        if fitted_weight is not None and name in of_classes and name not in converted_weights:
            fitted_weight = rows_by_name(fitted_weight, fitted_classes, class_names)
        if fitted_weight is not None and fitted_weight.shape == weight.shape:
            fitting[name] = fitted_weight
    return fitting, [name for name in fitting if name in converted_weights]


def keep_networks(model: nn.Module, origin: Path) -> None:
    """Add the pretrained networks used to train a checkpoint to a model's record of its own.

    Args:
        model: The model that starts from the checkpoint's weights.
        origin: A run, or its checkpoint.

    Raises:
        UsageError: The checkpoint can't be read.
    """
    if networks := trained_with(model):
        origin_networks = networks_in(read_plain(find_checkpoint(origin)))
        model.trained_with = tuple(dict.fromkeys((*networks, *origin_networks)))  # type: ignore[assignment]  # no layer


def class_weights(model: nn.Module) -> set[str]:
    """Return the names of a model's weights that have a row for each class.

    These are embeddings, and layers named `class_logits`.
    """
    return {
        f"{name}.{weight}"
        for name, module in model.named_modules()
        if isinstance(module, nn.Embedding) or name.rpartition(".")[2] == "class_logits"
        for weight in ("weight", "bias", *SPECTRAL)
    }


def rows_by_name(
    rows: torch.Tensor, fitted_classes: Sequence[str], new_classes: Sequence[str]
) -> torch.Tensor:
    """Return the row of each new class, or the mean of all rows for a class that was not fitted.

    The rows are returned unchanged if there are no new classes, or if they are not one per class.

    Example:
        >>> rows_by_name(torch.tensor([[1.0], [3.0]]), ["rose", "tulip"], ["tulip", "daisy"])
        tensor([[3.],
                [2.]])
    """
    if not new_classes or len(rows) != len(fitted_classes):
        return rows
    indices = {find_name(name, new_classes): index for index, name in enumerate(fitted_classes)}
    mean = rows.mean(dim=0)
    return torch.stack([rows[indices[name]] if name in indices else mean for name in new_classes])


def in_average(name: str) -> str:
    """Return the name of a generator's weight in its moving average; other names are unchanged."""
    for generator, average in AVERAGES.items():
        name = re.sub(generator, average, name)
    return name


def freeze_layers(discriminator: nn.Module, count: int) -> list[str]:
    """Freeze the first layers of a discriminator (Mo et al. 2020, FreezeD).

    They detect edges and textures, which training on few images would degrade.

    Args:
        discriminator: The network, with its modules in the order of its layers.
        count: Number of layers with weights to freeze, counted from the image.

    Returns:
        The names of the frozen layers.

    Raises:
        UsageError: The count is negative, or leaves no layer to learn.
    """
    kinds = (nn.Conv2d, nn.Linear)
    layers = [(name, m) for name, m in discriminator.named_modules() if isinstance(m, kinds)]
    if not 0 <= count < len(layers):
        raise UsageError(
            f"freeze_discriminator_layers is {count}; the discriminator has {len(layers)} layers, "
            f"of which 0 to {len(layers) - 1} can be frozen"
        )
    for _, layer in layers[:count]:
        layer.requires_grad_(False)
    return [name for name, _ in layers[:count]]
