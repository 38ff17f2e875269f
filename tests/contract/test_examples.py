"""The examples in the docstrings run, and print what they say."""

import doctest
import gc
import importlib
import pkgutil
from itertools import chain

import numpy as np
import pytest
from PIL import Image

import datamodules
import ganaug
from helpers.few_steps import few_steps

MARKS = ("runs/", "expanded", "ganaug.fit(")


def _examples():
    """Yield the doctests of every public object, by name."""
    packages = (
        pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        for package in (ganaug, datamodules)
    )
    for found in chain.from_iterable(packages):
        if "assets" in found.name:  # a script
            continue
        module = importlib.import_module(found.name)
        yield from (each for each in doctest.DocTestFinder().find(module) if each.examples)


EXAMPLES = {each.name: each for each in _examples()}
NEEDS_A_RUN = sorted(n for n, each in EXAMPLES.items() if any(m in each.docstring for m in MARKS))
PUBLIC = [
    name
    for name in ganaug.__all__
    if not name.startswith("__") and callable(getattr(ganaug, name)) and name != "UsageError"
]


class LastLines(doctest.OutputChecker):
    """Takes what is expected as the last lines of what is printed: progress comes before it."""

    def check_output(self, want, got, optionflags):
        count = len(want.splitlines())
        last = got.splitlines(keepends=True)[-count:] if count else []
        return super().check_output(want, "".join(last), optionflags)


def run_example(name):
    failures = []
    runner = doctest.DocTestRunner(LastLines(), verbose=False, optionflags=doctest.ELLIPSIS)
    runner.run(EXAMPLES[name], out=failures.append)
    assert not failures, "".join(failures)


@pytest.fixture(autouse=True)
def registries_as_they_were(monkeypatch):
    """Forget what an example registers, which other tests would meet."""
    from ganaug.models import registry
    from ganaug.utils.registry import Registry

    for name in ("_models", "_data_modules"):
        monkeypatch.setattr(registry, name, dict(getattr(registry, name)))
    for each in [found for found in gc.get_objects() if type(found) is Registry]:
        monkeypatch.setattr(each, "_added", dict(each._added))


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_has_an_example_that_runs(name):
    found = getattr(ganaug, name)
    example = EXAMPLES[f"{found.__module__}.{found.__qualname__}"]
    assert not any(doctest.SKIP in line.options for line in example.examples)


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - set(NEEDS_A_RUN)))
def test_an_example_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with few_steps():
        run_example(name)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A folder with a run, a synthetic set of it and a few images, as the examples name them."""
    folder = tmp_path_factory.mktemp("examples")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        data = ganaug.MNIST(per_class=20)
        shorter = {"limit_train_batches": 2, "enable_progress_bar": False}
        run = ganaug.fit(
            "dcgan", data, width=4, max_epochs=1, fidelity={"every_epochs": 1}, **shorter
        )
        assert run.folder == folder / "runs/dcgan/version_0"
        ganaug.synthesize(run, "expanded", per_class=5)
    (folder / "unsorted").mkdir()
    for number in range(3):
        pixels = np.full((28, 28), 80 * number, np.uint8)
        Image.fromarray(pixels).save(folder / "unsorted" / f"{number}.png")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", NEEDS_A_RUN)
def test_an_example_with_a_run_runs(name, workspace, monkeypatch):
    monkeypatch.chdir(workspace)
    run_example(name)
