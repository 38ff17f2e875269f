"""What filters let through, and what is said of classes that they left empty or short."""

import inspect
from types import SimpleNamespace

import pytest

from ganaug.cli import synthesize as command
from ganaug.evaluation.features.networks import TrainingReport
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.filters.agreement import classifier_of
from ganaug.synthesis.outcome import warnings_of_shortage
from ganaug.synthesis.storage import SetFiles
from ganaug.synthesis.synthesize import synthesize

MANIFEST = {
    "class_names": ["daisy", "rose", "tulip"],
    "counts": {"synthetic": {"daisy": 12, "rose": 3}, "real": {}},
    "short": {"rose": 9, "tulip": 12},
    "passed": {
        "daisy": {"tried": 12, "agreement": 12, "outliers": 12},
        "rose": {"tried": 120, "agreement": 3, "outliers": 90},
        "tulip": {"tried": 120, "agreement": 110, "outliers": 0},
    },
    "sources": {"generator": {}},
}


def test_classes_without_images_are_told_from_those_with_too_few():
    empty, short = warnings_of_shortage(MANIFEST)
    assert empty.startswith(
        "warning: 1 class is empty: tulip (of 120 images made, outliers passed 0). A filter that "
        "passes nothing of a class may not know it: compare with a set made without the filter."
    )
    assert short == (
        "warning: 1 class is short of images: rose (3 of 12, of 120 images made, agreement passed "
        "3). Loosen the filter, raise `max_attempts`, or fit for longer"
    )
    assert warnings_of_shortage(MANIFEST | {"short": {}}) == []
    (again,) = warnings_of_shortage(MANIFEST | {"short": {"rose": 9}, "sources": {"folder": {}}})
    assert again.endswith("or bring more images")


def test_of_many_classes_the_first_are_named():
    short = {f"class {n}": 5 for n in range(12)}
    (said,) = warnings_of_shortage(MANIFEST | {"short": short, "passed": {}})
    assert said.startswith("warning: 12 classes are empty: class 0 (of 0 images made), class 1 ")
    assert "class 9 (of 0 images made) and 2 more. " in said


def test_the_command_ends_with_the_warning(monkeypatch, capsys, tmp_path):
    class Short(SyntheticDataset):
        manifest, card = MANIFEST, None

    def made(on_shortage, **_):
        for warning in warnings_of_shortage(MANIFEST):
            on_shortage(warning)
        return Short(SetFiles(tmp_path))

    made.__signature__ = inspect.signature(synthesize)
    monkeypatch.setitem(vars(command.COMMAND), "function", made)
    parsed = {"out": "set", "layout": "folder", "method": "folder", "data_root": None}
    monkeypatch.setattr(type(command.COMMAND), "parse", lambda *_: parsed)
    command.main(["--out", "set"])
    out, err = capsys.readouterr()
    assert out.rstrip().endswith("--synthetic set --real REAL")
    assert [line.split(":")[1] for line in err.splitlines()] == [
        " 1 class is empty",
        " 1 class is short of images",
    ]
    assert "raise --max-attempts" in err


@pytest.mark.parametrize("name", ["agreement", "useful"])
def test_a_classifier_that_learned_too_little_may_also_reject_a_whole_class(name, capsys):
    report = TrainingReport(held_out_accuracy=0.5, chance=0.5, epochs=1, num_images=40)
    network = SimpleNamespace(report=report)
    classifier_of(SimpleNamespace(class_names=("rose", "tulip"), network=network), name)
    said = capsys.readouterr().err
    assert f"the classifier of the filter {name} learned too little from 40 images" in said
    assert "single images or a whole class" in said
    assert "at random" not in said
