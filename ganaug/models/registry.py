"""Registry of models and data modules: ganaug's own, found by file, and registered ones.

Checkpoints, manifests and configurations name a model or data module by its class path. Only
registered classes are built, so such a file can't import arbitrary code.
"""

import ast
import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from datamodules.plugins import load_installed_plugins
from ganaug.utils.errors import UsageError, did_you_mean
from ganaug.utils.plugins import unknown_part
from ganaug.utils.registry import attribute, check_name, dotted_path
from ganaug.utils.safe_yaml import load_yaml, yaml_text

# Number of choices that fit into a few lines of a message.
MOST_LISTED = 24
ROOT = Path(__file__).resolve().parents[2]
MODELS, DATA = ROOT / "ganaug" / "models", ROOT / "datamodules"
# Next to the package in a checkout, inside it once installed.
INSTALLED_CONFIGS = ROOT / "ganaug" / "configs"
CONFIGS = INSTALLED_CONFIGS if INSTALLED_CONFIGS.is_dir() else ROOT / "configs"


@dataclass(frozen=True)
class _Registered:
    """A model or data module from another package."""

    class_path: str
    summary: str
    config: Path | None = None


_models: dict[str, _Registered] = {}
_data_modules: dict[str, _Registered] = {}


def register_model(
    cls: type | None = None, *, name: str | None = None, config: str | Path | None = None
) -> Any:
    """Register a model of your own package, so that `fit` finds it and its checkpoints load.

    Args:
        cls: A LightningModule that follows a protocol of `ganaug.protocols`. If omitted, a
            decorator is returned.
        name: Name of the model; by default the class name in lower case.
        config: YAML file with the default settings of a fit.

    Raises:
        UsageError: The name is taken by another model.

    Example:
        >>> @register_model(name="nothing")
        ... class Nothing:
        ...     \"\"\"Learns nothing.\"\"\"
        >>> models()["nothing"].endswith(".Nothing")
        True
    """

    def register(kind: type) -> type:
        key = name or kind.__name__.lower()
        check_name("the name of a model", key)
        _refuse_taken_name(key, "model", _classes(MODELS, "ganaug.models", suffix=""))
        _refuse_other_class(key, "model", kind, _models)
        _models[key] = _Registered(
            *_path_and_summary(kind), None if config is None else Path(config)
        )
        return kind

    return register if cls is None else register(cls)


def register_data(cls: type | None = None, *, name: str | None = None) -> Any:
    """Register a data module of your own package, for `fit` and for loading its checkpoints.

    Args:
        cls: A subclass of `datamodules.base.ImageDataModule`. If omitted, a decorator is returned.
        name: Name of the data module; by default the class name without `DataModule`, in lower
            case.

    Raises:
        UsageError: The name is taken by another data module.

    Example:
        >>> @register_data
        ... class ScansDataModule:
        ...     \"\"\"Scans of a clinic.\"\"\"
        >>> data_modules()["scans"].endswith(".ScansDataModule")
        True
    """

    def register(kind: type) -> type:
        key = name or kind.__name__.removesuffix("DataModule").lower()
        check_name("the name of a data module", key)
        _refuse_taken_name(key, "data module", _classes(DATA, "datamodules", suffix="DataModule"))
        _refuse_other_class(key, "data module", kind, _data_modules)
        _data_modules[key] = _Registered(*_path_and_summary(kind))
        return kind

    return register if cls is None else register(cls)


def _path_and_summary(kind: type) -> tuple[str, str]:
    first = (inspect.getdoc(kind) or "").partition("\n")[0]
    return dotted_path(kind), first


def _refuse_taken_name(name: str, kind: str, taken_names: Iterable[str]) -> None:
    if name in taken_names:
        raise UsageError(f"name is {name!r}, and ganaug has a {kind} of that name; take another")


def _refuse_other_class(
    name: str, label: str, kind: type, registered: dict[str, _Registered]
) -> None:
    """Refuse a second class with the same name; notebooks may register a class again."""
    path = _path_and_summary(kind)[0]
    if name in registered and (other_path := registered[name].class_path) != path:
        raise UsageError(
            f"name is {name!r}, and {other_path} is a {label} of that name; take another for {path}"
        )


def models() -> dict[str, str]:
    """Return the class path of each model by name; ganaug's own are files in `ganaug/models`."""
    load_installed_plugins()
    class_paths = _classes(MODELS, "ganaug.models", suffix="")
    return class_paths | {name: entry.class_path for name, entry in _models.items()}


def data_modules() -> dict[str, str]:
    """Return the class path of each data module by name; ganaug's own are in `datamodules`."""
    load_installed_plugins()
    class_paths = _classes(DATA, "datamodules", suffix="DataModule")
    return class_paths | {name: entry.class_path for name, entry in _data_modules.items()}


def summary(name: str) -> str:
    """Return a model's one-line description."""
    if name in _models:
        return _models[name].summary
    docstring = (
        ast.get_docstring(ast.parse((MODELS / f"{name}.py").read_text(encoding="utf-8"))) or ""
    )
    return docstring.splitlines()[0].partition(": ")[2] if docstring else ""


def configurations() -> set[Path]:
    """Return the models' configuration files, without reading them."""
    load_installed_plugins()
    registered = {entry.config for entry in _models.values() if entry.config}
    return {*CONFIGS.glob("*.yaml"), *registered}


def config_of(model: str) -> Path | None:
    """Return a model's configuration file; None for a registered model without one.

    Raises:
        UsageError: There is no such model, it has no configuration, or the configuration is of
            another model.
    """
    choose("model", model, models())
    if entry := _models.get(model):
        if entry.config:
            _refuse_config_of_another(entry.config, model, entry.class_path)
        return entry.config
    path = CONFIGS / f"{model}.yaml"
    if not path.is_file():
        raise UsageError(f"model {model!r} has no configuration; write {path}")
    return path


def _refuse_config_of_another(config: Path, model: str, class_path: str) -> None:
    """Refuse a configuration that names another class than the model's."""
    name = f"the configuration of model {model!r},"
    settings = load_yaml(yaml_text(config, name), f"{name} {config}")
    part = settings.get("model") if isinstance(settings, dict) else None
    named_class = part.get("class_path") if isinstance(part, dict) else None
    if named_class != class_path:
        raise UsageError(
            f"{name} {config}, has {named_class or 'no class_path'} under model; write "
            f"class_path: {class_path}"
        )


def class_of(class_path: str) -> Any:
    """Return the class of a registered model or data module.

    Raises:
        UsageError: No registered class has this path.
    """
    if class_path not in {*models().values(), *data_modules().values()}:
        raise UsageError(
            f"{class_path!r} is not a registered model or data module; import the module that "
            "registers it first (`plugins`)"
        )
    if "<locals>" in class_path:
        raise UsageError(
            f"{class_path} is defined inside of a function, where its checkpoints can't find it; "
            "define it at the top level of its module"
        )
    return attribute(class_path)


def choose(kind: str, name: str, choices: Iterable[str], *, by_plugins: bool = True) -> str:
    """Return the name if it is one of the choices.

    Args:
        kind: What the name stands for, for messages.
        name: The given name.
        choices: The valid names.
        by_plugins: Whether plugins can add choices.

    Raises:
        UsageError: The name is unknown; the message has the most similar name and the choices.
    """
    choices = sorted(choices)
    if name in choices:
        return name
    names_text = ", ".join(choices[:MOST_LISTED])
    num_hidden = len(choices) - MOST_LISTED
    suffix = f" and {num_hidden} more" if num_hidden > 0 else ""
    names_text += suffix
    if not by_plugins:
        raise UsageError(f"{kind} {name!r} is not one of {names_text}{did_you_mean(name, choices)}")
    raise UsageError(unknown_part(kind, name, choices, names_text))


def _classes(folder: Path, package: str, *, suffix: str) -> dict[str, str]:
    class_paths = {}
    for file in sorted(folder.glob("*.py")):
        if file.stem.startswith("_"):
            continue
        if name := _class_in(file, file.stem + suffix, file.stat().st_mtime_ns):
            class_paths[file.stem] = f"{package}.{file.stem}.{name}"
    return class_paths


@lru_cache(maxsize=1024)
def _class_in(file: Path, expected: str, changed: int) -> str | None:  # noqa: ARG001 - for the cache
    """Return the name of a file's class, which is the expected one up to underscores and case.

    Args:
        file: A file of Python, which is parsed again only when it has changed.
        expected: The file's name, such as wgan_gp for WGANGP, and a suffix.
        changed: Time of its last change.
    """
    expected = expected.replace("_", "").lower()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name.replace("_", "").lower() == expected:
            return node.name
    return None
