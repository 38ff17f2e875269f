"""Reading settings from files, with settings of earlier versions renamed; needs no torch."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from ganaug.utils.durations import seconds_in
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_yaml import check_numbers, check_yaml, read_yaml
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
    text = read_yaml(path, "the configuration")
    check_yaml(text, str(path))
    check_numbers(text, str(path))
    # Safe, since `read_yaml` has checked that the text holds only plain values.
    settings = yaml.safe_load(text) or {}
    if not isinstance(settings, dict):
        raise UsageError(f"{path} holds no settings; write them as NAME: VALUE")
    _check_top(settings, path)
    settings = {RENAMED_GROUPS.get(name, name): value for name, value in settings.items()}
    for part in ("model", "data"):
        _check_part(part, settings.get(part), path)
        if isinstance(settings.get(part), dict) and "init_args" in settings[part]:
            own = settings[part]["init_args"] or {}
            settings[part] = {
                **settings[part],
                "init_args": renamed(own, settings[part].get("class_path")),
            }
    fidelity = settings.get("fidelity")
    if isinstance(fidelity, dict) and "figures" in fidelity:
        named = [RENAMED_METRICS.get(str(name), name) for name in fidelity["figures"] or []]
        rest = {name: value for name, value in fidelity.items() if name != "figures"}
        settings["fidelity"] = {**rest, "metrics": named}
    return {RENAMED_TOP.get(name, name): value for name, value in settings.items()}


def _check_top(settings: Mapping[str, Any], path: Path) -> None:
    """Refuse top-level names that only the parser uses."""
    for name in settings:
        if name in OF_A_CLASS:
            raise UsageError(f"{path}: {name} stands by itself; write it below model or data")
        if name in OF_THE_PARSER:
            instead = ", and give several files one by one" if name == "config" else ""
            raise UsageError(f"{path}: {name} is no setting of a fit; leave it out{instead}")


def _check_part(part: str, given: Any, path: Path) -> None:
    """Refuse a model or data module that isn't written as a class path with settings."""
    if isinstance(given, str) and "." not in given:
        from ganaug.models.registry import choose, data_modules, models

        known = models() if part == "model" else data_modules()
        kind = known[choose(part, given, known)]
        raise UsageError(f"{path}: {part} is {given}; write its class path, {part}: {kind}")
    if given is None or isinstance(given, str):
        return
    if not isinstance(given, dict):
        raise UsageError(f"{path}: {part} is {given}; write class_path and init_args below it")
    if not isinstance(kind := given.get("class_path", ""), str):
        raise UsageError(
            f"{path}: {part}.class_path is {kind}; write the path of a class, such as "
            "package.module.Class"
        )
    for name in ("init_args", "dict_kwargs"):
        if (own := given.get(name)) is not None and not isinstance(own, dict):
            raise UsageError(
                f"{path}: {part}.{name} is {own}; write the settings below it as NAME: VALUE"
            )
    others = [name for name in given if name not in OF_A_CLASS]
    for name in others:
        if near := get_close_matches(_normalized(name), map(_normalized, OF_A_CLASS), cutoff=0.8):
            meant = next(each for each in OF_A_CLASS if _normalized(each) == near[0])
            raise UsageError(f"{path}: {part} has {name}; did you mean {meant!r}?")
        if len(others) < len(given):
            own = " and ".join(each for each in OF_A_CLASS if each in given)
            raise UsageError(
                f"{path}: {part}.{name} stands next to {own}; "
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

    text = read_yaml(path, "resume")
    old = "|".join([*RENAMED_GROUPS, *RENAMED_TOP, *RENAMED_SETTINGS, "figures"])
    named = set(re.findall(rf"^\s*({old}|max_pixels|bands):", text, re.MULTILINE))
    if named <= {"max_pixels", "bands"} and named != {"max_pixels"}:
        return path
    settings = read_settings(path)
    if isinstance(own := (settings.get("data") or {}).get("init_args"), dict):
        settings["data"]["init_args"] = with_old_reading(own)
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
