"""`~` and variables in the paths that public functions take."""

import inspect
from pathlib import Path

import pytest

import ganaug
from datamodules.errors import DataError
from ganaug.synthesis import expand
from ganaug.utils.errors import UsageError
from ganaug.utils.user_paths import expand_user, takes_paths
from helpers.image_folders import fill

# What `SyntheticDataset.open` and `load` open, which have tests of their own below.
OPENED = {"dataset"}
FUNCTIONS = (
    *("fit", "load", "synthesize", "import_dataset", "publish", "evaluate", "utility", "advise"),
    *("label", "write_report", "explore"),
)


def test_paths_alone_are_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))

    @takes_paths("out", "images")
    def shown(out, name="", *rest, images=()):
        return out, name, rest, images

    there = str(tmp_path / "x")
    assert shown("~/x", "~/x", "~/x") == (there, "~/x", ("~/x",), ())
    assert shown(out=Path("$HOME/x"), images=["~/x", 3]) == (Path(there), "", (), [there, 3])
    assert expand_user("s3://bucket/~/x") == "s3://bucket/~/x"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_path_of_a_public_function_is_expanded(name):
    function = getattr(ganaug, name)
    takes = {
        each.name
        for each in inspect.signature(function).parameters.values()
        if "Path" in str(each.annotation) or each.name == "data_root"
    }
    assert takes - OPENED <= {*names_expanded(function)}


def names_expanded(function):
    """The names that a function's decorators expand; the outermost may be of another kind."""
    while function:
        yield from inspect.getclosurevars(function).nonlocals.get("names", ())
        function = getattr(function, "__wrapped__", None)


def sketched(**settings):
    return ganaug.synthesize(out="out", method="classical", data_root="photos", **settings)


# Each is given a path in the home folder where nothing is, or a file where a folder belongs.
ABSENT = {
    "fit resume": lambda path: ganaug.fit(resume=path),
    "load": ganaug.load,
    "run": ganaug.Run,
    "run open": ganaug.Run.open,
    "oversampler": lambda path: ganaug.GANOverSampler(path).fit_resample([[0, 1]] * 2, [0, 1]),
    "set": ganaug.SyntheticDataset.open,
    "set of a folder": ganaug.SyntheticDataset.from_folder,
    "synthesize model": lambda path: ganaug.synthesize(path, "out", per_class=1),
    "synthesize plan": lambda path: sketched(plan_file=path),
    "import": lambda path: ganaug.import_dataset(path, "out"),
    "publish": lambda path: ganaug.publish(path, "me/set"),
    "evaluate": lambda path: ganaug.evaluate(path, "photos"),
    "evaluate real": lambda path: ganaug.evaluate("photos", path),
    "utility": lambda path: ganaug.utility(path, "photos"),
    "utility real": lambda path: ganaug.utility("photos", path),
    "advise": lambda path: ganaug.advise(path, out="out"),
    "advice": ganaug.load_advice,
    "label": lambda path: ganaug.label(images=path, real="photos", out="labels.csv"),
    "label model": lambda path: ganaug.label(path, images="photos", out="labels.csv"),
    "report": lambda path: ganaug.write_report("page.html", path),
    "explore": lambda path: ganaug.explore("samples", path, "out.png"),
    "result": ganaug.Evaluation.from_json,
    "study": ganaug.Study.from_json,
    "data": lambda path: ganaug.ImageFolder(path).num_classes,
    "data of two": lambda path: ganaug.UnpairedFolders(path, "photos").num_classes,
    "mnist": lambda path: ganaug.MNIST(root=path).num_classes,
    "unlabelled": lambda path: ganaug.ImageFolder("photos", unlabelled=path).num_classes,
}


@pytest.mark.parametrize("kind", [str, Path])
@pytest.mark.parametrize("entry", ABSENT)
def test_a_path_in_the_home_folder_is_looked_for_there(home, entry, kind):
    with pytest.raises((UsageError, DataError, OSError)) as caught:
        ABSENT[entry](kind("~/absent"))
    assert str(home / "absent") in str(caught.value)


def test_a_file_of_augmentations_may_be_in_the_home_folder(home):
    data = ganaug.ImageFolder("photos", augmentation="~/own.yaml")
    assert data.hparams["augmentation"] == str(home / "own.yaml")


def test_what_is_written_goes_to_the_home_folder(home):
    dataset = ganaug.import_dataset("~/photos", "~/set", per_class=2, seed=1)
    assert dataset.folder == home / "set"
    assert len(ganaug.SyntheticDataset.open("~/set")) == 4
    with pytest.raises(UsageError, match=rf"{home}/set holds another run"):
        ganaug.import_dataset("~/photos", Path("~/set"), per_class=1)
    with pytest.raises(UsageError, match=rf"{home}/set/README\.md"):
        ganaug.label(images="~/photos", real="~/photos", out="~/set/README.md")
    assert not Path("~").exists()
    assert "out" in inspect.getclosurevars(expand).nonlocals["names"]


@pytest.fixture
def home(monkeypatch, tmp_path):
    folder = tmp_path / "home"
    for place in (folder / "photos", tmp_path / "photos"):
        for number, name in enumerate("ab"):
            fill(place / name, 4, first=10 * number)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder
