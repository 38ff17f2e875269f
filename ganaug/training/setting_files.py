"""Reading settings from files, with settings of earlier versions renamed; needs no torch."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from ganaug.utils.durations import seconds_in
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_yaml import check_numbers, yaml_text
from ganaug.utils.temporary import temporary_file

# Names of settings in older checkpoints and runs.
RENAMED_SETTINGS = {
    "critic_steps": "n_critic",
    "clip": "grad_clip",
    "augment": "discriminator_augmentation",
    "average_images": "ema_halflife",
    "policy": "augmentation",
    "labelled": "labels_per_class",
    "resident": "in_memory",
}
# Renamed groups of settings.
RENAMED_GROUPS = {"film": "video", "health": "stability", "copying": "memorization"}
# Renamed metrics of the former `fidelity.figures`.
RENAMED_METRICS = {"overlap": "prdc", "auc": "c2st"}
# Renamed settings outside the groups.
RENAMED_TOP = {"hold_early": "freeze_discriminator_layers"}
# Keys of a model or data module in a configuration.
OF_A_CLASS = ("class_path", "init_args", "dict_kwargs")
# Keys that the parser reads or adds, which are not settings of a fit.
OF_THE_PARSER = ("config", "print_config", "help", "__path__", "__default_config__")
LIGHTNINGS_DURATION = re.compile(r"\d+:\d\d:\d\d:\d\d")


def renamed(settings: Mapping[str, Any], class_path: object) -> dict[str, Any]:
    """Return settings of an older version under their current names.

    Args:
        settings: Settings of a model or data module.
        class_path: Path of its class. Only settings of ganaug's own classes are renamed, since a
            user's class may use an old name for something else.
    """
    if not str(class_path).startswith(("ganaug.", "datamodules.")):
        return dict(settings)
    return {RENAMED_SETTINGS.get(name, name): value for name, value in settings.items()}


def read_settings(path: Path) -> dict[str, Any]:
    """Read the settings in a configuration, renaming settings of earlier versions.

    Raises:
        UsageError: The file can't be read, or holds no settings.
    """
    text = yaml_text(path, "the configuration")
    check_numbers(text, str(path))
    # Safe, since `yaml_text` has checked that the text holds only plain values.
    settings = yaml.safe_load(text) or {}
    if not isinstance(settings, dict):
        raise UsageError(f"{path} holds no settings; write them as NAME: VALUE")
    _check_top(settings, path)
    settings = {RENAMED_GROUPS.get(name, name): value for name, value in settings.items()}
    for part in ("model", "data"):
        _check_part(part, settings.get(part), path)
        if isinstance(settings.get(part), dict) and "init_args" in settings[part]:
            init_args = settings[part]["init_args"] or {}
            settings[part] = {
                **settings[part],
                "init_args": renamed(init_args, settings[part].get("class_path")),
            }
    fidelity = settings.get("fidelity")
    if isinstance(fidelity, dict) and "figures" in fidelity:
        metrics = [RENAMED_METRICS.get(str(name), name) for name in fidelity["figures"] or []]
        other_settings = {name: value for name, value in fidelity.items() if name != "figures"}
        settings["fidelity"] = {**other_settings, "metrics": metrics}
    return {RENAMED_TOP.get(name, name): value for name, value in settings.items()}


def _check_top(settings: Mapping[str, Any], path: Path) -> None:
    """Refuse top-level names that only the parser uses."""
    for name in settings:
        if name in OF_A_CLASS:
            raise UsageError(f"{path}: {name} stands by itself; write it below model or data")
        if name in OF_THE_PARSER:
            instead = ", and give several files one by one" if name == "config" else ""
            raise UsageError(f"{path}: {name} is no setting of a fit; leave it out{instead}")


def _check_part(part: str, settings: Any, path: Path) -> None:
    """Refuse a model or data module that isn't written as a class path with settings."""
    if isinstance(settings, str) and "." not in settings:
        from ganaug.models.registry import choose, data_modules, models

        class_paths = models() if part == "model" else data_modules()
        kind = class_paths[choose(part, settings, class_paths)]
        raise UsageError(f"{path}: {part} is {settings}; write its class path, {part}: {kind}")
    if settings is None or isinstance(settings, str):
        return
    if not isinstance(settings, dict):
        raise UsageError(f"{path}: {part} is {settings}; write class_path and init_args below it")
    if not isinstance(kind := settings.get("class_path", ""), str):
        raise UsageError(
            f"{path}: {part}.class_path is {kind}; write the path of a class, such as "
            "package.module.Class"
        )
    for name in ("init_args", "dict_kwargs"):
        if (arguments := settings.get(name)) is not None and not isinstance(arguments, dict):
            raise UsageError(
                f"{path}: {part}.{name} is {arguments}; write the settings below it as NAME: VALUE"
            )
    unknown_keys = [name for name in settings if name not in OF_A_CLASS]
    for name in unknown_keys:
        if closest := get_close_matches(
            _normalized(name), map(_normalized, OF_A_CLASS), cutoff=0.8
        ):
            meant = next(key for key in OF_A_CLASS if _normalized(key) == closest[0])
            raise UsageError(f"{path}: {part} has {name}; did you mean {meant!r}?")
        if len(unknown_keys) < len(settings):
            known_keys = " and ".join(key for key in OF_A_CLASS if key in settings)
            raise UsageError(
                f"{path}: {part}.{name} stands next to {known_keys}; "
                f"settings of a class stand in {part}.init_args"
            )


def _normalized(name: object) -> str:
    return str(name).lower().replace("_", "").replace("-", "")


def current(path: Path) -> Path:
    """Return a settings file that this version can read: the file itself, or a renamed copy.

    Raises:
        UsageError: The file can't be read, or holds no settings.
    """
    from datamodules.reading.images.reader import with_old_reading

    text = yaml_text(path, "resume")
    pattern = "|".join([*RENAMED_GROUPS, *RENAMED_TOP, *RENAMED_SETTINGS, "figures"])
    old_names = set(re.findall(rf"^\s*({pattern}|max_pixels|bands):", text, re.MULTILINE))
    if old_names <= {"max_pixels", "bands"} and old_names != {"max_pixels"}:
        return path
    settings = read_settings(path)
    if isinstance(arguments := (settings.get("data") or {}).get("init_args"), dict):
        settings["data"]["init_args"] = with_old_reading(arguments)
    file = temporary_file(path.name)
    file.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return file


def in_lightnings_form(value: Any) -> Any:
    """Return `trainer.max_time` in Lightning's format; durations such as 90s or 8h are converted.

    Raises:
        UsageError: The value isn't a duration, or is less than a second.

    Example:
        >>> in_lightnings_form("8h")
        '00:08:00:00'
    """
    text = str(value).strip()
    if not isinstance(value, str | int | float) or LIGHTNINGS_DURATION.fullmatch(text):
        return value
    seconds = round(seconds_in(text) or 0)
    if not seconds:
        raise UsageError(
            f"trainer.max_time is {value!r}; give a time such as 90s, 15m, 8h or 2d, or "
            "days:hours:minutes:seconds such as 00:08:00:00"
        )
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    return f"{days:02}:{hours:02}:{minutes:02}:{seconds % 60:02}"
