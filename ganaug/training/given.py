"""Which settings come from the user rather than from a model's configuration."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from ganaug.models.registry import configurations
from ganaug.training.class_settings import file_with_names_as_text
from ganaug.training.setting_files import read_settings
from ganaug.utils.errors import UsageError
from ganaug.utils.temporary import temporary_file

# Settings that end a fit. With max_epochs -1, Lightning sets no limit.
ENDS = ("budget", "trainer.max_epochs", "trainer.max_time", "trainer.fast_dev_run")
# File of the settings before a plan; it doesn't count as the user's.
UNPLANNED = "before_the_plan.yaml"
# Settings that always follow from other settings.
OF_DATA, OF_ALL = "the model takes it from the data", "a fit has one seed"
LINKED = {
    "model.image_size": f"{OF_DATA}: set data.image_size",
    "model.channels": f"{OF_DATA}: set data.channels",
    "model.num_classes": f"{OF_DATA}: leave it out",
    "model.seed": f"{OF_ALL}: set seed_everything",
    "data.seed": f"{OF_ALL}: set seed_everything",
}
NO_END = ("", "null", "~", "none", "-1", "false", "no", "off")


def layers_of(arguments: Sequence[str]) -> list[dict[str, Any]]:
    """Return the settings in a fit's arguments: one dictionary per file, then one for all flags.

    Args:
        arguments: Arguments for `LightningCLI`.

    Example:
        >>> layers_of(["--model.width", "8", "--budget=10m"])
        [{'model.width': '8', 'budget': '10m'}]
    """
    files = [dict(_flat(read_settings(path))) for path, _ in files_of(arguments)]
    flags: dict[str, Any] = {}
    for position, argument in enumerate(arguments):
        if not argument.startswith("--"):
            continue
        name, equals, value = argument[2:].partition("=")
        following = arguments[position + 1] if position + 1 < len(arguments) else ""
        value = value if equals else following
        if name != "config":
            flags[name.replace(".init_args.", ".")] = value
    return [*files, flags]


def given_by_user(arguments: Sequence[str]) -> set[str]:
    """Return the names of the settings that the user gave, such as `model.width`."""
    configs = configurations()
    files = [path for path, _ in files_of(arguments)]
    built_in = [
        path.name == UNPLANNED or (path in configs and not n) for n, path in enumerate(files)
    ]
    layers = zip(layers_of(arguments), [*built_in, False], strict=True)
    return {name for layer, is_own in layers if not is_own for name in layer}


def without_plans(arguments: Sequence[str]) -> list[str]:
    """Return the arguments of a new fit without the plans in `config.yaml` of earlier runs.

    A run's `config.yaml` has the plan of its budget, and with it the settings that the plan
    replaced or could have replaced. These are read first, from a file that doesn't count as the
    user's, so that a new plan can replace them. Settings that the user has edited are kept.

    Args:
        arguments: Arguments for `LightningCLI`; those that resume a run are returned unchanged.
    """
    if any(argument.partition("=")[0] == "--resume" for argument in arguments):
        return [*arguments]
    new_arguments = [*arguments]
    for path, position in reversed(files_of(arguments)):
        # `read_settings` refuses anything but a mapping.
        if isinstance(plan := read_settings(path).get("plan"), Mapping):
            new_arguments[position : position + 2] = _arguments_before_plan(
                path, plan.get("settings", {})
            )
    return new_arguments


def end_chosen(arguments: Sequence[str]) -> list[str]:
    """Return arguments with a single limit on the fit, the one set last: a budget or another.

    Flags come after files, and the user's files after a model's own configuration.

    Raises:
        UsageError: A budget and another end were set together, or a budget was taken away and
            nothing else ends the fit.
    """
    layers = layers_of(arguments)
    # Of each limit, the value that counts, after the index of its layer.
    limits = {
        name: (n, layer[name]) for name in ENDS for n, layer in enumerate(layers) if name in layer
    }
    ends = {name: n for name, (n, value) in limits.items() if _ends(name, value)}
    if not ends:
        _refuse_endless(layers, limits)
        return []
    last_ends = [name for name, n in ends.items() if n == max(ends.values())]
    if "budget" in last_ends and len(last_ends) > 1:
        other_end = last_ends[1]
        raise UsageError(
            f"budget is {limits['budget'][1]} and {other_end} is {limits[other_end][1]}, and each "
            "would end the fit; give one of them"
        )
    if last_ends == ["budget"]:
        return ["--trainer.max_epochs", "-1", "--trainer.max_time", "null"]
    return ["--budget", "null"]


def _ends(name: str, value: Any) -> bool:
    """Return whether this value of one of `ENDS` ends a fit."""
    text = str(value).lower()
    # fast_dev_run 0 is false, and max_epochs 0 is an end.
    return text not in NO_END and (name, text) != ("trainer.fast_dev_run", "0")


def _refuse_endless(
    layers: Sequence[Mapping[str, Any]], limits: Mapping[str, tuple[int, Any]]
) -> None:
    """Refuse to take away a budget without another end, unless max_epochs -1 says so.

    Raises:
        UsageError: Nothing ends the fit.
    """
    patience = [layer["patience"] for layer in layers if "patience" in layer]
    if patience and str(patience[-1]).lower() not in NO_END:
        return
    budget_layer, _ = limits.get("budget", (0, None))
    had_budget = any(_ends("budget", layer.get("budget")) for layer in layers[:budget_layer])
    epochs_layer, epochs = limits.get("trainer.max_epochs", (-1, None))
    if had_budget and not (epochs_layer >= budget_layer and str(epochs) == "-1"):
        raise UsageError(
            "budget is null, and nothing else ends the fit: set trainer.max_epochs, "
            "trainer.max_time or patience (trainer.max_epochs -1 trains until you stop it)"
        )


def refuse_linked(arguments: Sequence[str]) -> None:
    """Refuse settings that always follow from the data or the fit, since they would be ignored.

    Raises:
        UsageError: There is one; the message says what to set instead.
    """
    resumed = any(argument.partition("=")[0] == "--resume" for argument in arguments)
    # Runs of earlier versions may keep them in their settings.
    for layer in layers_of(arguments)[-1:] if resumed else layers_of(arguments):
        for name, instead in LINKED.items():
            if layer.get(name) is not None:
                raise UsageError(f"{name} is {layer[name]}, and {instead}")


def _arguments_before_plan(file: Path, planned: Mapping[str, Any]) -> list[str]:
    """Return arguments that replace a run's settings file, without its plan.

    Args:
        file: The settings file of a run.
        planned: Settings that a plan may replace: for each name, the value before and in the plan.
    """
    before_plan, user_settings = read_settings(file), read_settings(file)
    del before_plan["plan"], user_settings["plan"]
    for name, (original, planned_value) in planned.items():
        _, _, key = name.rpartition(".")
        if (
            key in _group_of(user_settings, name)
            and _group_of(user_settings, name)[key] == planned_value
        ):
            del _group_of(user_settings, name)[key]
            _group_of(before_plan, name)[key] = original
    arguments: list[str] = []
    for name, settings in ((UNPLANNED, before_plan), (file.name, user_settings)):
        path = temporary_file(name)
        path.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
        arguments += ["--config", str(file_with_names_as_text(path))]
    return arguments


def _group_of(settings: Mapping[str, Any], name: str) -> Any:
    """Return the nested dictionary that holds a setting such as `model.width`."""
    for part in name.split(".")[:-1]:
        settings = settings.get(part) or {}
    return settings.get("init_args", settings)


def files_of(arguments: Sequence[str]) -> list[tuple[Path, int]]:
    """Return each configuration file in the arguments, and the index of its option."""
    pairs = enumerate(pairwise(arguments))
    return [(Path(path), n) for n, (argument, path) in pairs if argument == "--config"]


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping) and name in ("init_args", "dict_kwargs"):
            yield from _flat(value, prefix)
        elif isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
