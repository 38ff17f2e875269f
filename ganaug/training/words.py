"""Converting the arguments of `fit` in Python to command-line arguments."""

import inspect
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from ganaug.models.registry import choose, class_of, config_of, data_modules, models
from ganaug.training.class_settings import file_with_names_as_text
from ganaug.training.given import layers_of
from ganaug.training.run import Run, find_run
from ganaug.training.setting_files import current
from ganaug.training.settings import parameters_of
from ganaug.utils.durations import duration_text
from ganaug.utils.errors import UsageError, did_you_mean
from ganaug.utils.registry import dotted_path

# Parameters of `fit` itself.
OF_FIT = (
    *("seed", "resume", "init_from", "freeze_discriminator_layers"),
    *("patience", "budget", "sizes", "threads"),
)


def words_of(
    model: Any,
    data: Any,
    *,
    seed: int | None,
    resume: Any,
    fit_settings: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> tuple[list[str], dict[str, Any]]:
    """Return the settings of `fit` as command-line arguments, and the objects that can't be.

    Raises:
        UsageError: A setting is unknown, neither a model nor a run was given, the run is of another
            model, or the seeds of the data module and the fit differ.
    """
    if model is None and resume is None:
        raise UsageError(f"model is missing; use one of {', '.join(models())}, or `resume` a run")
    arguments: list[str] = []
    objects: dict[str, Any] = {}
    if resume is not None:
        run, checkpoint = find_run(Path(path_of(resume) or ""))
        arguments += [
            "--config",
            str(file_with_names_as_text(current(run / "config.yaml"))),
            "--resume",
            str(checkpoint),
        ]
        run_settings = Run(run).settings
        class_path = str(run_settings["model"]["class_path"])
        _refuse_another_model(model, class_path, run)
        seed = int(run_settings.get("seed_everything") or 0) if seed is None else seed
    else:
        class_path, config = _model(model)
        arguments += ["--config", str(config)] if config else ["--model", class_path]
    if data is not None and not isinstance(data, str | PathLike):
        seed = _seed_of(data, seed, resume)
    data = fspath(data) if isinstance(data, PathLike) else data
    if isinstance(data, str):
        modules = data_modules()
        _refuse_folder(data, modules)
        arguments += ["--data", modules[choose("data", data, modules)]]
    elif data is not None:
        arguments += _data_words(data, seed or 0)
        objects["data"] = data
    arguments += ["--seed_everything", str(seed or 0)]
    for name, value in fit_settings.items():
        arguments += [f"--{name}={_plain(value)}"] if value is not None else []
    kind = _kind_of_data(arguments, data)
    for name, value in settings.items():
        _add(name, _plain(value), class_path, kind, arguments, objects)
    return arguments, objects


def as_words(settings: Mapping[str, Any]) -> list[str]:
    """Return settings as command-line arguments.

    Example:
        >>> as_words({"model.width": 24, "model.class_input": "both"})
        ['--model.width', '24', '--model.class_input', 'both']
    """
    texts = {name: v if isinstance(v, str) else json.dumps(v) for name, v in settings.items()}
    return [word for name, text in texts.items() for word in (f"--{name}", text)]


def _kind_of_data(arguments: Sequence[str], data: Any) -> Any:
    """Return the class of the data module, given as an object or named in a file."""
    if data is not None and not isinstance(data, str):
        return type(data)
    modules = [layer.get("data.class_path") or layer.get("data") for layer in layers_of(arguments)]
    class_paths = [
        path for path in modules if isinstance(path, str) and path in data_modules().values()
    ]
    return class_of(class_paths[-1]) if class_paths else None


def _refuse_of_data(name: str, value: Any, kind: Any) -> None:
    """Refuse a setting of the data module, with a hint where to set it."""
    if name in parameters_of(kind):
        public = kind.__module__.startswith("datamodules.")
        constructor = (
            f"ganaug.{kind.__name__.removesuffix('DataModule')}" if public else kind.__name__
        )
        raise UsageError(
            f"{name} is a setting of the data: give fit a data module, such as "
            f"{constructor}(…, {name}={value!r})"
        )


def _model(model: Any) -> tuple[str, Path | None]:
    """Return a model's class path and its default configuration."""
    if isinstance(model, str):
        name = choose("model", model, models())
        return models()[name], config_of(name)
    path = _path_of_class(model)
    names = [name for name, class_path in models().items() if class_path == path]
    if not names:
        raise UsageError(f"model {path} is not registered; decorate it with ganaug.register_model")
    return path, config_of(names[0])


def _path_of_class(model: Any) -> str:
    """Return the path of a model's class; refuse an instance."""
    if not isinstance(model, type):
        raise UsageError(
            f"model is an instance of {type(model).__name__}, and fit builds the model itself; "
            "give its class or its name, and its settings as arguments of fit"
        )
    return dotted_path(model)


def _refuse_folder(data: str, modules: Mapping[str, str]) -> None:
    """Refuse a path given in place of the name of a data module."""
    if data not in modules and Path(data).exists():
        raise UsageError(
            f"data {data!r} is a path, and fit takes a data module or the name of one; for a "
            f"folder of images: ganaug.ImageFolder({data!r})"
        )


def _refuse_another_model(model: Any, run_model: str, run: Path) -> None:
    """Refuse a model other than that of the run to resume."""
    if model is None:
        return
    path = _model(model)[0] if isinstance(model, str) else _path_of_class(model)
    if path.rpartition(".")[2] != run_model.rpartition(".")[2]:
        name = model if isinstance(model, str) else path
        raise UsageError(
            f"model {name} and resume '{run}' name two models, and the run's is {run_model}; leave "
            f"out model, or give a run of {name}"
        )


def _seed_of(data: Any, seed: int | None, resume: Any) -> int:
    """Return the seed of a fit; refuse a data module with another seed."""
    # hparams["seed"] may come from an earlier fit rather than from the user.
    data_seed = getattr(data, "hparams_initial", {}).get("seed", 0)
    if data_seed and seed is not None and data_seed != seed:
        owner = "the run to resume has" if resume is not None else "the fit has"
        raise UsageError(
            f"data has the seed {data_seed}, and {owner} {seed}, which is that of everything "
            "random; leave seed out of the data module, or give both the same"
        )
    return data_seed if seed is None else seed


def _data_words(data: Any, seed: int) -> list[str]:
    """Return arguments for a data module's class and settings, which the run's config records."""
    missing = [name for name in ("images", "paths", "card") if not hasattr(data, name)]
    if missing:
        raise UsageError(
            f"data is a {type(data).__name__}, which has no {missing[0]}; make it a subclass of "
            "datamodules.base.ImageDataModule"
        )
    # As on the command line, the run's seed determines the order of the images.
    data.hparams["seed"] = seed
    settings = {name: value for name, value in data.hparams.items() if name != "seed"}
    arguments = ["--data", dotted_path(data)]
    for name, value in settings.items():
        arguments += [f"--data.{name}", _yaml(value, f"data.{name}")]
    return arguments


def _add(
    name: str,
    value: Any,
    class_path: str,
    data_kind: Any,
    arguments: list[str],
    objects: dict[str, Any],
) -> None:
    """Convert a keyword argument of `fit` for the trainer, a callback or the model."""
    from lightning.pytorch import Trainer

    from ganaug.training.builder import CALLBACKS, DATA_TO_MODEL

    trainer = inspect.signature(Trainer).parameters
    model_settings = parameters_of(class_of(class_path)).keys() - {"game", "seed", *DATA_TO_MODEL}
    if name in CALLBACKS:
        allowed = parameters_of(CALLBACKS[name])
        if not isinstance(value, Mapping):
            off = '{"every_epochs": 0}' if "every_epochs" in allowed else ""
            example = f", such as {off} to turn it off" if off else ""
            raise UsageError(f"{name} is {value!r}; give its settings as a dictionary{example}")
        for key, setting in value.items():
            if key not in allowed:
                hint = did_you_mean(
                    f"{name}.{key}", [f"{name}.{allowed_key}" for allowed_key in allowed]
                )
                raise UsageError(
                    f"there is no setting {name}.{key}{hint}; use {', '.join(allowed)}"
                )
            arguments += [f"--{name}.{key}", _yaml(setting, f"{name}.{key}")]
    elif name in trainer:
        if _is_plain(value):
            arguments += [f"--trainer.{name}", _yaml(value, name)]
        else:
            objects[name] = value
    elif name in model_settings:
        arguments += [f"--model.{name}", _yaml(value, name)]
    else:
        _refuse_of_data(name, value, data_kind)
        known_names = [*model_settings, *trainer, *CALLBACKS, *OF_FIT, *parameters_of(data_kind)]
        raise UsageError(
            f"there is no setting {name}{did_you_mean(name, known_names)}; the model has "
            f"{', '.join(sorted(model_settings))}"
        )


def _yaml(value: Any, name: str) -> str:
    """Return a setting as YAML; refuse a value that can't be written."""
    value = _plain(value)
    try:
        return value if isinstance(value, str) else json.dumps(value, default=_json_value)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"{name} is {value!r}; give text, a path, a time, a number, True or False, or a list "
            "or dictionary of these"
        ) from error


def _plain(value: Any) -> Any:
    """Convert paths, durations and numpy values to text, numbers and lists."""
    from datamodules.arguments import as_plain

    return duration_text(value) if isinstance(value, timedelta) else as_plain(value)


def _json_value(value: Any) -> Any:
    if (plain := _plain(value)) is value:
        raise TypeError(f"{value!r} is not plain")
    return plain


def _is_plain(value: Any) -> bool:
    try:
        json.dumps(value, default=_json_value)
    except (TypeError, ValueError):
        return False
    return True


def path_of(run: str | Path | Run | None) -> str | None:
    """Return the path of a run, folder or checkpoint as text; None stays None."""
    return str(run.folder if isinstance(run, Run) else run) if run is not None else None
