"""Which models and data there are, found by their files without importing them."""

import ast
from collections.abc import Iterable
from pathlib import Path

from ganaug.utils.errors import UsageError, did_you_mean

# Resolved from this file: the configs and data modules lie beside the package in a checkout,
# which is what `pip install -e .` installs.
ROOT = Path(__file__).resolve().parents[2]
# What fits into a few lines of a message.
MOST_LISTED = 24
MODELS, DATA, CONFIGS = ROOT / "ganaug" / "models", ROOT / "datamodules", ROOT / "configs"


def models() -> dict[str, str]:
    """Return each model's name and class path; a model is a file of `ganaug/models`."""
    return _classes(MODELS, "ganaug.models", suffix="")


def data_modules() -> dict[str, str]:
    """Return each data module's name and class path; one is a file with a `…DataModule`."""
    found = _classes(DATA, "datamodules", suffix="DataModule")
    return {name: path for name, path in found.items() if (DATA / f"{name}.py").is_file()}


def summary(name: str) -> str:
    """Return the first line of a model's file, after its name."""
    docstring = ast.get_docstring(ast.parse((MODELS / f"{name}.py").read_text())) or ""
    return docstring.splitlines()[0].partition(": ")[2] if docstring else ""


def config_of(model: str) -> Path:
    """Return the configuration by which a model runs.

    Raises:
        UsageError: No such model, or it has no configuration.
    """
    choose("model", model, models())
    path = CONFIGS / f"{model}.yaml"
    if not path.is_file():
        raise UsageError(f"model {model!r} has no configuration; write {path}")
    return path


def choose(kind: str, name: str, choices: Iterable[str]) -> str:
    """Return the name when it is one of the choices.

    Raises:
        UsageError: It is not; the message names the nearest one and all of them.
    """
    choices = sorted(choices)
    if name in choices:
        return name
    listed = ", ".join(choices[:MOST_LISTED])
    more = len(choices) - MOST_LISTED
    rest = f" and {more} more" if more > 0 else ""
    raise UsageError(f"{kind} {name!r} is none of {listed}{rest}{did_you_mean(name, choices)}")


def _classes(folder: Path, package: str, *, suffix: str) -> dict[str, str]:
    found = {}
    for file in sorted(folder.glob("*.py")):
        if file.stem.startswith("_"):
            continue
        # The file's own class: its name, letters only, is that of the file (wgan_gp: WGANGP).
        wanted = (file.stem + suffix).replace("_", "").lower()
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and node.name.replace("_", "").lower() == wanted:
                found[file.stem] = f"{package}.{file.stem}.{node.name}"
    return found
