"""Who may import whom: read from the source, so that the picture in the README stays true."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = (
    "game",
    "auxiliary_game",
    "pair_game",
    "semisupervised_game",
    "losses",
    "networks",
    "augment",
    "augmentation",
    "averaging",
    "random_streams",
    "pixels",
)


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
        yield from [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def offenders(places, forbidden, allowed=()):
    return {
        str(file.relative_to(ROOT)): name
        for file in files(*places)
        for name in imported(file)
        if name.startswith(tuple(forbidden)) and not name.startswith(tuple(allowed) or ("\0",))
    }


def test_nothing_imports_the_tools():
    assert not offenders(["ganaug", "datamodules"], ["tools"])


def test_data_modules_do_not_know_ganaug():
    assert not offenders(["datamodules"], ["ganaug"])


def test_only_the_command_line_and_the_studies_introduce_data_modules():
    every = [p for p in (ROOT / "ganaug").glob("*") if p.suffix in ("", ".py")]
    places = [p for p in every if p.name not in ("cli", "studies")]
    assert not offenders([p.relative_to(ROOT) for p in places], ["datamodules"])


def test_nothing_but_the_benchmark_knows_the_studies():
    every = [p for p in files("ganaug") if "studies" not in p.parts and p.name != "benchmark.py"]
    assert not offenders([p.relative_to(ROOT) for p in every], ["ganaug.studies"])


@pytest.mark.parametrize(
    "place",
    [
        f"ganaug/{name}"
        for name in ("synthesis", "evaluation", "callbacks", "exploration", "reporting")
    ],
)
def test_downstream_knows_no_model(place):
    assert not offenders([place], ["ganaug.models", "ganaug.models.base", "ganaug.networks"])


def test_models_do_not_import_each_other_but_to_be_one_with_other_parts():
    for file in files("ganaug/models"):
        if offenders([file.relative_to(ROOT)], ["ganaug.models"]):
            (model,) = (n for n in ast.parse(file.read_text()).body if isinstance(n, ast.ClassDef))
            methods = [node.name for node in model.body if isinstance(node, ast.FunctionDef)]
            assert methods == ["__init__"], f"{file.name} takes another model's step apart"


def test_parts_of_a_game_know_only_torch_and_each_other():
    places = [p for p in (f"ganaug/{part}" for part in PARTS) if (ROOT / p).is_dir()]
    places += [f"ganaug/{part}.py" for part in PARTS if (ROOT / f"ganaug/{part}.py").is_file()]
    allowed = [f"ganaug.{part}" for part in (*PARTS, "errors")]
    assert not offenders(places, ["ganaug"], allowed)
    assert not offenders(places, ["lightning", "torchmetrics", "torchvision", "scipy"])


def test_the_rules_can_be_broken(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text("from ganaug.models import dcgan\nimport datamodules.mnist\n")
    assert {"ganaug.models.dcgan", "datamodules.mnist"} <= imported(file)
