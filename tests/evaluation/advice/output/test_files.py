"""An advice stores enough about its sets to open them again in the same way."""

import json
import shutil

import pytest

from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.advice.images.training_images import stores_of
from ganaug.evaluation.advice.images.training_table import Row
from ganaug.evaluation.advice.output.files import sets_of, with_places
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill


@pytest.fixture(autouse=True)
def kept_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def drawn(tmp_path):
    """Images of two classes in one folder, where no name of a column is a usual one."""
    folder = tmp_path / "work" / "drawn"
    files = fill(folder / "all", 4)
    lines = [f"all/{file.name},{'38'[number % 2]},x" for number, file in enumerate(files)]
    table = "\n".join(["file,digit,style", *lines, ""])
    (folder / "own.csv").write_text(table)
    (tmp_path / "work" / "tables (1)").mkdir()
    (tmp_path / "work" / "tables (1)" / "train.csv").write_text(table)
    return folder


def opened_again(dataset, tmp_path):
    data = MNISTDataModule(classes=[3, 8], per_class=4, image_size=16)
    out = tmp_path / "work" / "advice"
    out.mkdir()
    (out / "train.csv").write_text("of the advice")
    facts = with_places({"data": data.card()}, {"drawn": dataset}, out)
    facts = json.loads(json.dumps(facts))
    assert str(tmp_path) not in json.dumps(facts["labelled_by"])
    return sets_of(facts, out, ["drawn"])["drawn"], data, facts, out


@pytest.mark.parametrize("labels", ["own.csv", "{work}/tables (1)/train.csv"])
@pytest.mark.parametrize("home", ["elsewhere", "work/ann"])
def test_a_set_that_was_opened_by_a_table_is_opened_by_it_again(
    drawn, tmp_path, monkeypatch, labels, home
):
    # A relative path through the parent of the home folders is not written.
    monkeypatch.setenv("HOME", str(tmp_path / home))
    labels = labels.format(work=drawn.parent)
    dataset = SyntheticDataset.from_folder(drawn, labels=labels, label_column="digit")
    assert dataset.counts == {"3": 2, "8": 2}
    again, data, _, _ = opened_again(dataset, tmp_path)
    assert again.counts == dataset.counts
    rows = [Row(file, "3", 1.0, "drawn") for file in dataset.files]
    assert stores_of(rows, data, {"drawn": again})["drawn"].read(16).shape == (4, 1, 16, 16)


def test_a_set_that_was_opened_by_a_pattern_is_opened_by_it_again(drawn, tmp_path):
    dataset = SyntheticDataset.from_folder(drawn, labels=r"(0)0\d\.png")
    again, *_ = opened_again(dataset, tmp_path)
    assert again.counts == dataset.counts == {"0": 4}


def test_a_table_that_is_gone_is_named(drawn, tmp_path):
    dataset = SyntheticDataset.from_folder(drawn, labels="own.csv", label_column="digit")
    *_, facts, out = opened_again(dataset, tmp_path)
    (drawn / "own.csv").unlink()
    with pytest.raises(
        UsageError, match=r"the table of the set drawn is not at .*own\.csv; move it there"
    ):
        sets_of(facts, out, ["drawn"])


def test_sets_of_earlier_advices_are_opened_as_before(drawn, tmp_path):
    for name, count in {"3": 2, "8": 1}.items():
        fill(drawn.parent / "folders" / name, count)
    dataset = SyntheticDataset.open(drawn.parent / "folders")
    again, _, facts, out = opened_again(dataset, tmp_path)
    assert facts.pop("labelled_by") == {}
    assert again.counts == sets_of(facts, out, ["drawn"])["drawn"].counts == {"3": 2, "8": 1}


def test_sets_that_nothing_is_taken_from_are_not_opened(drawn, tmp_path):
    dataset = SyntheticDataset.from_folder(drawn, labels="own.csv", label_column="digit")
    *_, facts, out = opened_again(dataset, tmp_path)
    facts["folders"]["far"] = "s3://bucket/set"  # nothing is downloaded here
    assert list(sets_of(facts, out, ["real", "drawn"])) == ["drawn"]
    shutil.rmtree(drawn)
    assert sets_of(facts, out, ["real"]) == {}
