"""Who may import whom: read from the source, so that the picture in the README stays true."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TORCH_ONLY = (
    "ganaug/training/games",
    "ganaug/training/discriminator_augmentation.py",
    "ganaug/training/ema.py",
    "ganaug/losses",
    "ganaug/networks",
    "ganaug/utils/fusing.py",
    "ganaug/utils/rng.py",
    "ganaug/utils/pixels.py",
    "ganaug/utils/stages.py",
    "ganaug/utils/ranges.py",
    "ganaug/utils/choices.py",
)
DOWNSTREAM = ("synthesis", "evaluation", "callbacks", "reporting")
# Put a fit together; callbacks use the rest of `training`, which doesn't know them.
ASSEMBLE_FITS = {
    "ganaug/training/builder.py",
    "ganaug/training/engine.py",
    "ganaug/training/pace.py",
}
PUBLIC = ("ganaug/cli",)
# Behind public functions: they make the data module that a path or a set's card names.
PUBLIC_FILES = {
    "ganaug/evaluation/advice/advise.py",
    "ganaug/evaluation/advice/choices.py",
    "ganaug/evaluation/advice/fitting/fitting_data.py",
    "ganaug/evaluation/advice/images/training_images.py",
    "ganaug/evaluation/label_readers.py",
    "ganaug/evaluation/real_data.py",
    "ganaug/evaluation/utility/one_classifier.py",
    "ganaug/synthesis/real_folders.py",
    "ganaug/synthesis/dataset.py",
    "ganaug/synthesis/sources/classical.py",
}
# Readers of image files, plain arguments, errors and lines for the user are no data modules.
NO_DATA_MODULES = (
    *("arguments", "errors", "console", "notes", "plugins", "printing", "processors", "reading"),
)
# Each part uses those before it alone.
IN_ORDER = {
    "datamodules/reading": ("images", "folders", "tables", "splits"),
    "ganaug/evaluation/advice": ("search", "images", "trainings", "jobs", "fitting"),
}
# Commands to paste, and settings handed to the parser; all else is said by parameter.
WRITE_OPTIONS = {
    "datamodules/batching/loaders.py",  # a command of docker's
    "ganaug/reporting/gathering.py",
    "ganaug/synthesis/pipelines.py",  # a command of Hugging Face's
    "ganaug/synthesis/writer/card.py",
    "ganaug/training/given.py",
    "ganaug/training/builder.py",
    "ganaug/training/setting_errors.py",
    "ganaug/training/shutdown.py",
    "ganaug/training/words.py",
}
# Commands to paste, and names of programs that files hold.
WRITE_SCRIPTS = {
    "ganaug/evaluation/result.py",
    "ganaug/reporting/gathering.py",
    "ganaug/reporting/report.py",
}
SCRIPT = re.compile(r"tools/\w+\.py")
OPTION = re.compile(r"(?<![\w-])--[a-z][\w.-]*")


def imported(file):
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def files(*places):
    for place in places:
        path = ROOT / place
        # A rule about a part that has moved away would hold forever.
        assert path.exists(), f"{place} is not there: name the place that it moved to"
        yield from [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def offenders(places, forbidden, allowed=()):
    found = list(files(*places))
    assert found, f"there is no file in {places}"
    return {
        str(file.relative_to(ROOT)): name
        for file in found
        for name in imported(file)
        if name.startswith(tuple(forbidden)) and not name.startswith(tuple(allowed) or ("\0",))
    }


def module_of(place):
    return place.removesuffix(".py").replace("/", ".")


def test_nothing_imports_the_tools():
    assert not offenders(["ganaug", "datamodules"], ["tools", "benchmarks"])


def test_data_modules_do_not_know_ganaug():
    assert not offenders(["datamodules"], ["ganaug"])


@pytest.mark.parametrize("package", IN_ORDER)
def test_parts_of_a_package_depend_in_one_direction(package):
    parts, whole = IN_ORDER[package], f"{package.replace('/', '.')}."
    for place, part in enumerate(parts):
        names = {name for file in files(f"{package}/{part}") for name in imported(file)}
        used = {name.removeprefix(whole).split(".")[0] for name in names if name.startswith(whole)}
        # The modules next to these parts bring them together, so they come last.
        assert used <= {*parts[: place + 1]}, part


def test_only_the_command_line_introduces_data_modules():
    every = [p for p in (ROOT / "ganaug").glob("*") if p.is_dir() and any(p.rglob("*.py"))]
    places = [str(p.relative_to(ROOT)) for p in every]
    allowed = [f"datamodules.{name}" for name in NO_DATA_MODULES]
    found = offenders([p for p in places if p not in PUBLIC], ["datamodules."], allowed)
    assert not found.keys() - PUBLIC_FILES


def texts(file):
    """The text in a file's code, without docstrings."""
    tree = ast.parse(file.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if text and id(node) not in docstrings:
            yield node.value


def test_below_the_command_line_nothing_speaks_of_options():
    below = [file for file in files("ganaug", "datamodules") if "cli" not in file.parts]
    found = {
        str(file.relative_to(ROOT)): text
        for file in below
        for text in texts(file)
        if OPTION.search(text)
    }
    assert {file: text for file, text in found.items() if file not in WRITE_OPTIONS} == {}
    # A list of exceptions that nothing needs anymore would hide new ones.
    assert found.keys() | {"ganaug/training/setting_errors.py"} >= WRITE_OPTIONS
    assert not offenders([str(f.relative_to(ROOT)) for f in below], ["argparse.Namespace"])


def test_below_the_command_line_no_message_names_a_script():
    """An installed package has no folder of tools."""
    below = [file for file in files("ganaug", "datamodules") if "cli" not in file.parts]
    found = {
        str(file.relative_to(ROOT))
        for file in below
        if any(SCRIPT.search(text) for text in texts(file))
    }
    assert found == WRITE_SCRIPTS


def test_only_the_command_line_knows_pages():
    every = [p for p in (ROOT / "ganaug").glob("*") if p.is_dir() and any(p.rglob("*.py"))]
    others = [p for p in every if p.name not in ("reporting", "cli")]
    assert not offenders([str(p.relative_to(ROOT)) for p in others], ["ganaug.reporting"])


@pytest.mark.parametrize("place", DOWNSTREAM)
def test_downstream_knows_no_model(place):
    assert not offenders([f"ganaug/{place}"], ["ganaug.models", "ganaug.networks"])


def test_only_files_that_assemble_a_fit_know_callbacks():
    every = [p for p in (ROOT / "ganaug").glob("*") if p.name not in ("callbacks", "cli")]
    found = offenders([str(p.relative_to(ROOT)) for p in every], ["ganaug.callbacks"])
    assert found.keys() == ASSEMBLE_FITS


def test_models_do_not_import_each_other_but_to_be_one_with_other_parts():
    for file in files("ganaug/models"):
        place = str(file.relative_to(ROOT))
        if offenders([place], ["ganaug.models"], ["ganaug.models.base", "ganaug.models.registry"]):
            (model,) = (n for n in ast.parse(file.read_text()).body if isinstance(n, ast.ClassDef))
            methods = [node.name for node in model.body if isinstance(node, ast.FunctionDef)]
            assert methods == ["__init__"], f"{file.name} takes another model's step apart"


def test_parts_of_a_game_know_only_torch_and_each_other():
    allowed = [*map(module_of, TORCH_ONLY), "ganaug.utils.errors"]
    assert not offenders(TORCH_ONLY, ["ganaug"], allowed)
    assert not offenders(TORCH_ONLY, ["lightning", "torchmetrics", "torchvision", "scipy"])


def test_tests_share_helpers_and_not_each_other():
    """A change to one file of tests must not break another; what they share is in `helpers`."""
    found = {
        str(file.relative_to(ROOT)): name
        for file in files("tests")
        for name in imported(file)
        if re.search(r"(^|\.)(test_\w+|conftest)\b", name) and not name.startswith("ganaug.")
    }
    assert not found


def test_the_rules_can_be_broken(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text("from ganaug.models import dcgan\nimport datamodules.mnist\n")
    assert {"ganaug.models.dcgan", "datamodules.mnist"} <= imported(file)
    with pytest.raises(AssertionError, match=r"ganaug/gone is not there"):
        offenders(["ganaug/gone"], ["lightning"])
