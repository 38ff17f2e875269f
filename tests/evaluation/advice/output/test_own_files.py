"""An advice overwrites no files but those of an advice on the same images."""

import json
import shutil

import pytest

from ganaug.evaluation.advice.advise import advise
from ganaug.evaluation.advice.output.outputs import WRITTEN, refuse_other_files
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.utils.errors import UsageError
from helpers.quick_advice import QUICK, data_of, stripes


@pytest.fixture
def copied(searched, tmp_path):
    """A folder of the finished search, to change."""
    return shutil.copytree(searched[1], tmp_path / "advice")


@pytest.mark.parametrize("name", WRITTEN)
def test_files_of_the_user_are_refused_before_the_search(name, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(Workbench, "do", lambda *_: pytest.fail("searched first"))
    (tmp_path / name).write_text("{}")
    with pytest.raises(
        UsageError, match=rf"^out is .*, which holds {name} that advise did not write"
    ):
        advise(data_of(photos), out=tmp_path, **QUICK)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "{}"


@pytest.mark.parametrize("kept", ["search.journal", "fitted/record.json", "notes.txt"])
def test_a_folder_of_a_search_that_is_not_finished_is_welcome(kept, photos, tmp_path):
    (tmp_path / "fitted").mkdir()
    (tmp_path / kept).touch()
    if kept != "notes.txt":
        (tmp_path / "pseudo_labelled").mkdir()
    refuse_other_files(tmp_path, data_of(photos))


def test_an_advice_on_other_images_is_not_overwritten(copied, tmp_path):
    """Not even by a search with another storage."""
    stripes(tmp_path / "others", 12, first=50)
    storage = f"sqlite:///{tmp_path}/advice.db"
    with pytest.raises(UsageError, match="holds an advice on other images; give `out` a new"):
        advise(data_of(tmp_path / "others"), out=copied, storage=storage, **QUICK)
    assert not (tmp_path / "advice.db").exists()


def test_an_edited_table_stays_where_the_same_search_is_called_again(photos, copied):
    table = copied / "train.csv"
    own = table.read_text()
    edited = "\n".join(own.splitlines()[:5])
    table.write_text(edited)
    assert len(advise(data_of(photos), out=copied, **QUICK).train_dataset()) == 4
    assert table.read_text() == edited
    table.unlink()
    advise(data_of(photos), out=copied, **QUICK)
    assert table.read_text() == own


def test_tables_of_another_advice_are_replaced(photos, copied):
    own = (copied / "train.csv").read_text()
    for name in ("train.csv", "pretrain.csv"):
        (copied / name).write_text("another's")
    known = json.loads((copied / "advice.json").read_text())
    known["recommended"]["share"] = 0.25
    (copied / "advice.json").write_text(json.dumps(known))
    advise(data_of(photos), out=copied, **QUICK)
    assert (copied / "train.csv").read_text() == own
    assert not (copied / "pretrain.csv").exists()
