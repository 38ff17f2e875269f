"""Network settings that a fit takes over from the run whose weights it starts from."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from datamodules.console import say
from ganaug.training.checkpoints import current_settings, find_checkpoint, read_plain
from ganaug.training.given import given_by_user
from ganaug.training.transfer import fitting_weights, in_average, refuse_other_model
from ganaug.utils.errors import UsageError

# These follow from the data, except the seed, which doesn't affect the networks.
NOT_TAKEN = ("image_size", "channels", "num_classes", "conditional", "seed")
# A setting that means nothing without another: a file of weights, without the network that has it.
BELONGS_TO = {"backbone_weights": "backbone"}


class Matches(NamedTuple):
    """Number of a checkpoint's weights that match a model's.

    Attributes:
        generator: Weights of the generator and its moving average.
        total: Weights of all networks.
    """

    generator: int
    total: int


def settings_of_origin(arguments: Sequence[str], built: Any) -> dict[str, Any]:
    """Return the settings that a fit must take over from the run that it starts from.

    These are the settings of the networks that the model's configuration or the `sizes` of a time
    budget would change, so that weights of the run would be lost. Settings of the user are kept.

    Args:
        arguments: Arguments of the fit.
        built: Model, data and trainer built from them.

    Raises:
        UsageError: The run is of another model, or the user gave a setting that would lose weights
            of the run's generator.
    """
    config, model = built.config, built.model
    if not config.init_from or config.resume:
        return {}
    path = find_checkpoint(Path(config.init_from))
    content = read_plain(path)
    kind = refuse_other_model(model, content, path)
    origin_settings = current_settings(content.get("hyper_parameters", {}), kind)
    settings = dict(model.hparams)
    user_names = given_by_user(arguments)
    user_model_names = {name for name in settings if f"model.{name}" in user_names}
    origin_settings = {
        name: origin_settings[name]
        for name in origin_settings
        if name in settings
        and name not in NOT_TAKEN
        and BELONGS_TO.get(name) not in user_model_names
    }
    user = user_model_names & set(origin_settings)
    base = {
        **settings,
        **{name: value for name, value in origin_settings.items() if name not in user},
    }

    def matching(**changes: Any) -> Matches | None:
        class_names = built.datamodule.class_names
        return matching_weights(type(model), base | changes, content, class_names)

    if (actual := matching()) is None:
        return {}  # a file that a setting of the run names is gone
    for name in sorted(user):
        if origin_settings[name] != settings[name]:
            possible = matching(**{name: origin_settings[name]})
            _refuse_lost_weights(
                name, settings[name], origin_settings[name], config.init_from, (actual, possible)
            )
    lost = {
        name: origin_settings[name]
        for name, values in alternatives(settings, origin_settings, user, sizes_of(config)).items()
        if any(_loses_weights(matching(**{name: value}), actual) for value in values)
    }
    if lost:
        summary = ", ".join(f"model.{name} {value}" for name, value in lost.items())
        say(f"start: {summary}, as in {config.init_from}")
    return {f"model.{name}": value for name, value in lost.items()}


def matching_weights(
    kind: type[nn.Module], settings: Mapping[str, Any], content: Mapping[str, Any], names: Any
) -> Matches | None:
    """Count the weights of a checkpoint that match a model's; return None if it can't be built.

    Args:
        kind: Class of the model.
        settings: Settings of the model.
        content: Content of the checkpoint.
        names: Names of the classes that the model will be fitted on.
    """
    try:
        # The model is discarded, so its initialization must not advance the random state.
        with torch.random.fork_rng(devices=[]):
            weights, _ = fitting_weights(kind(**settings), content, names)
    except UsageError:
        return None
    generator = [n for n in weights if in_average(n) != n or n.startswith("averaged")]
    return Matches(len(generator), len(weights))


def sizes_of(config: Any) -> list[Mapping[str, Any]]:
    """Return the settings for slow machines, if the pace of the fit has not been measured yet."""
    return list(config.sizes or []) if config.budget is not None and config.plan is None else []


def alternatives(
    settings: Mapping[str, Any],
    origin_settings: Mapping[str, Any],
    user: Collection[str],
    sizes: Sequence[Mapping[str, Any]],
) -> dict[str, list[Any]]:
    """Return the values that the fit might use instead of the original run's settings.

    Example:
        >>> sizes = [{"below_images": 9, "model.width": 16}]
        >>> alternatives({"width": 32, "rate": 1}, {"width": 32, "rate": 2}, [], sizes)
        {'width': [16], 'rate': [1]}
    """

    def alternative_values(name: str) -> Iterator[Any]:
        for value in (
            settings[name],
            *(size.get(f"model.{name}", settings[name]) for size in sizes),
        ):
            if value != origin_settings[name]:
                yield value

    values_by_name = {
        name: list(dict.fromkeys(alternative_values(name)))
        for name in origin_settings
        if name not in user
    }
    return {name: values for name, values in values_by_name.items() if values}


def _loses_weights(candidate: Matches | None, reference: Matches) -> bool:
    return (
        candidate is None
        or candidate.generator < reference.generator
        or candidate.total < reference.total
    )


def _refuse_lost_weights(
    name: str, value: Any, origin_value: Any, origin: str, matches: tuple[Matches, Matches | None]
) -> None:
    """Refuse a setting of the user that makes fewer weights of the generator match.

    Raises:
        UsageError: Fewer match; the message names the setting and both values.
    """
    actual, possible = matches
    if possible is None or not _loses_weights(actual, possible):
        return
    message = f"model.{name} is {value}, and {origin} was fitted with {origin_value}"
    if actual.generator < possible.generator:
        raise UsageError(
            f"{message}: init_from would take {actual.generator} weights of its generator in place "
            f"of {possible.generator}; leave model.{name} out or set it to {origin_value}, or "
            "leave out init_from"
        )
    say(
        f"note: {message}: {possible.total - actual.total} weights of its discriminator are not "
        "taken"
    )
