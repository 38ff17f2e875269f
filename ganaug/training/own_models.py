"""User-defined models: report their errors, and check that they can be monitored and loaded."""

import inspect
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities import rank_zero_warn
from lightning.pytorch.utilities.seed import isolate_rng
from torch import Tensor

from datamodules.console import say
from datamodules.errors import described, failure, own_traceback
from ganaug.models.registry import data_modules, models
from ganaug.protocols import Autoencoder, Classifier, Critic, Sampler, Translator
from ganaug.training.checkpoint_io import PLAIN, code_in
from ganaug.training.settings import parameters_of
from ganaug.utils.errors import UsageError
from ganaug.utils.registry import is_built_in
from ganaug.utils.user_errors import attribute_errors

# Far outside [-1, 1], since an untrained network without tanh may exceed it slightly.
FAR = 2.0


def own_error(error: BaseException | None) -> UsageError | None:
    """Return a one-line error for an exception raised in a user-defined model or data module.

    jsonargparse wraps errors of a constructor, so the chain of causes is searched. Returns None if
    there is no such exception.
    """
    paths = {*models().values(), *data_modules().values()}
    packages = {path.partition(".")[0] for path in paths} - {"ganaug", "datamodules"}
    message = None
    while error is not None:
        if own_traceback(error, packages) is not None:
            message = f"a plugin raised {failure(error, packages)}; correct it, and run this again"
        error = error.__cause__ or error.__context__
    return UsageError(message) if message else None


def check_contract(model: LightningModule, settings: Collection[str] = ()) -> None:
    """Refuse a model that couldn't be monitored or loaded again.

    Args:
        model: The model.
        settings: Names of the settings that the fit gives.

    Raises:
        UsageError: The model lacks something; the message says what, and the line to add.
    """
    name = type(model).__name__
    if not isinstance(model, Sampler | Translator):
        needs = ("latent_dim", "num_classes", "sample")
        lacks = [attribute for attribute in needs if getattr(model, attribute, None) is None]
        raise UsageError(
            f"model {name} has no {', '.join(lacks)}, so no image can be drawn from it: set "
            "self.latent_dim and self.num_classes (0 without classes) in __init__, and add `def "
            "sample(self, latents, labels=None)`, as ganaug.protocols.Sampler describes it"
        )
    if parameters_of(type(model)) and not model.hparams:
        raise UsageError(
            f"model {name} keeps no settings, so its checkpoints could not be loaded: add the line "
            "self.save_hyperparameters() to its __init__, after super().__init__()"
        )
    if missing := [
        key for key in parameters_of(type(model)) if key in settings and key not in model.hparams
    ]:
        raise UsageError(
            f"model {name} does not keep {', '.join(missing)}, so a loaded model would have the "
            "default instead: call self.save_hyperparameters() without names in its __init__"
        )
    for setting, value in model.hparams.items():
        if found := code_in(value):
            raise UsageError(
                f"model.{setting} of {name} is a {found}, so its checkpoints could not be loaded: "
                f"take {PLAIN} as settings, such as the text of a path or the name of an option"
            )
    try:
        inspect.signature(model.training_step).bind("batch")
    except TypeError:
        try:
            inspect.signature(model.training_step).bind("batch", "batch_idx")
        except TypeError as error:
            raise UsageError(
                f"{name}.training_step does not take a batch alone ({error}); write `def "
                "training_step(self, batch)`"
            ) from error


def warn_of_no_best(model: LightningModule) -> None:
    """Warn that a user-defined model is a classifier, perhaps only by the name of a method."""
    if isinstance(model, Classifier) and not is_built_in(model):
        name = type(model).__name__
        rank_zero_warn(
            f"best.ckpt is not written: {name} has a method classify, and a classifier is not "
            "selected by its images; name the method otherwise if it has another purpose"
        )


def check_samples(model: LightningModule, data: Any) -> None:
    """Refuse a user-defined model whose methods return something else than their protocols say.

    Raises:
        UsageError: A method raises an error, or returns another shape or value range than its
            protocol in `ganaug.protocols` describes, or an image that `sample` draws depends on
            the rest of its batch.
    """
    if is_built_in(model) or _is_built_later(model):
        return
    if isinstance(model, Sampler):
        _check_sample(model, data)
    _check_other_methods(model, data)


def _check_sample(model: Any, data: Any) -> None:
    name = f"{type(model).__name__}.sample"
    labels = torch.arange(2) % model.num_classes if model.num_classes else None
    with torch.no_grad(), isolate_rng(), attribute_errors(name, model):
        latents = torch.randn(2, model.latent_dim)
        images = model.sample(latents, labels)
        alone = model.sample(latents[:1], None if labels is None else labels[:1])
    shape = (2, data.channels, data.image_size, data.image_size)
    _refuse_other_shape(name, images, shape, "latents")
    lowest, highest = (round(float(value), 3) for value in (images.min(), images.max()))
    if not -FAR <= lowest <= highest <= FAR:
        raise UsageError(
            f"{name} draws values from {lowest} to {highest}; return images in [-1, 1]"
        )
    if not torch.allclose(images[:1], alone, atol=1e-2):
        raise UsageError(
            f"{name} draws another image from the same latent in another batch: draw in evaluation "
            "mode, as with ganaug.training.ema.EMANetwork, without dropout, batch statistics or "
            "random numbers other than the latents"
        )
    if lowest >= 0:
        say(f"note: {name} draws values from {lowest} to {highest}; images are in [-1, 1]")


def _check_other_methods(model: Any, data: Any) -> None:
    """Call the optional methods with two images of noise, and check what they return."""
    shape = (2, data.channels, data.image_size, data.image_size)
    classes = len(data.class_names)
    with torch.no_grad(), isolate_rng(), _evaluation_mode(model):
        images = torch.rand(shape) * 2 - 1
        labels = torch.arange(2) % classes
        conditions = labels if getattr(model, "num_classes", 0) else None
        noise = torch.randn(2, getattr(model, "latent_dim", None) or 0)
        for protocol, method, inputs, expected in (
            (Autoencoder, "encode", (images, conditions), noise.shape),
            (Critic, "judge", (images, labels), (2,)),
            (Classifier, "classify", (images,), (2, classes)),
            (Translator, "translate", (images, labels, noise), shape),
        ):
            if not isinstance(model, protocol):
                continue
            name = f"{type(model).__name__}.{method}"
            with attribute_errors(name, model):
                returned = getattr(model, method)(*inputs)
            _refuse_other_shape(name, returned, tuple(expected), "images")
            if method == "translate" and not bool((returned.abs() <= FAR).all()):
                raise UsageError(
                    f"{name} gives values outside [-1, 1]; return images in that range"
                )
            if method == "classify" and not _are_probabilities(returned):
                raise UsageError(
                    f"{name} gives rows that are not probabilities; return logits.softmax(1), or "
                    "name the method otherwise if it doesn't classify"
                )


@contextmanager
def _evaluation_mode(model: LightningModule) -> Iterator[None]:
    """Keep batch statistics as they are; some modules may stay in evaluation mode in training."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


def _are_probabilities(rows: Tensor) -> bool:
    return bool((rows >= 0).all() and ((rows.sum(1) - 1).abs() < 1e-2).all())


def _refuse_other_shape(name: str, returned: Any, shape: tuple[int, ...], inputs: str) -> None:
    is_right = isinstance(returned, Tensor) and returned.is_floating_point()
    if not is_right or returned.shape != shape:
        raise UsageError(
            f"{name} gives {described(returned)} for two {inputs}; return float32 {list(shape)}"
        )


def _is_built_later(model: LightningModule) -> bool:
    """Return whether the model's networks may be built by Lightning's hooks during the fit."""
    hooks = ("setup", "configure_model")
    return any(getattr(type(model), hook) is not getattr(LightningModule, hook) for hook in hooks)
