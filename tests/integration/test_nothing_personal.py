"""What is written about a set names no absolute path, home folder, user or machine."""

import getpass
import shutil
import socket
from collections import Counter

import pytest

import ganaug
from ganaug.evaluation.advice.search.halving import Search
from ganaug.utils.errors import UsageError
from helpers.image_folders import write
from helpers.quick_advice import QUICK


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A set, its evaluation, a study and a report, of photos in a home folder elsewhere."""
    home = tmp_path / "home" / "alice"
    for number in range(120):
        write(home / "photos" / ("cat", "dog")[number % 2] / f"{number:03}.png", number)
    monkeypatch.setenv("HOME", str(home))
    (tmp_path / "work" / "page").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    photos = str(home / "photos")
    monkeypatch.setattr("sys.argv", [str(home / "evaluate.py"), f"--data-root={photos}"])
    settings = {"method": "albumentations", "data_root": photos, "image_size": 16}
    ganaug.synthesize(out=str(tmp_path / "work" / "set"), per_class=20, **settings)
    dataset = ganaug.SyntheticDataset.open("set")
    data = ganaug.ImageFolder(photos, image_size=16)
    result = ganaug.evaluate(dataset, data, quick=True, out="set/metrics.json")
    arms = ["real", "real + synthetic x 1"]
    settings = {"out": "study", "seeds": 3, "steps": 10, "classifier": "small", "arms": arms}
    study = ganaug.utility(dataset, data, **settings)
    ganaug.write_report("page/report.html", dataset, result, study)
    return tmp_path


def best_with_a_set(search, results):
    return next(each for each, *_ in search.tried(results) if each.synthetic)


@pytest.fixture
def advised(written, monkeypatch):
    """An advice, an evaluation and a study of a set that is in a home folder, as are the photos."""
    home = written / "home" / "alice"
    shutil.copytree(written / "work" / "set", home / "set")
    dataset = ganaug.SyntheticDataset.open(home / "set")
    data = ganaug.ImageFolder(str(home / "photos"), image_size=16)
    (written / "work" / "far").mkdir()
    ganaug.evaluate(dataset, data, quick=True, out="far/metrics.json")
    arms = ["real", "real + synthetic x 1"]
    settings = {"seeds": 3, "steps": 10, "classifier": "small", "arms": arms}
    study = ganaug.utility(dataset, data, out="far/study", **settings)
    ganaug.write_report("far/report.html", dataset, study=study)
    # What a report does not know it says with commands, and with the places of what is gone.
    (home / "set" / "metrics.json").unlink()
    (home / "photos").rename(home / "gone")
    ganaug.write_report("far/empty.html", dataset, data_root=str(home / "photos"))
    (home / "gone").rename(home / "photos")
    # Its place is written where a recipe with it is recommended.
    monkeypatch.setattr(Search, "recommended", best_with_a_set)
    settings = QUICK | {"trials": 60, "synthetic": [dataset]}
    return ganaug.advise(data, out=str(written / "work" / "advice"), **settings)


def named(written):
    """Return the files that name a place or a person, with what they name."""
    # A name such as `vm` or `root` is part of other words.
    own = {name for name in (getpass.getuser(), socket.gethostname()) if len(name) > 4}
    words = {str(written), "alice", "/home/", "/root/", *own}
    files = [file for file in sorted((written / "work").rglob("*")) if file.is_file()]
    return [
        (str(file), word) for file in files for word in words if word.encode() in file.read_bytes()
    ]


def test_files_name_no_place_or_person(written):
    assert named(written) == []
    assert {file.name for file in (written / "work").rglob("*.json")} >= {
        *("manifest.json", "metrics.json", "utility.json", "report.json", "croissant.json"),
    }
    # The set still finds its images.
    assert len(ganaug.SyntheticDataset.open("set").data().paths("train")) > 80


def test_an_advice_names_no_place_or_person(written, advised, monkeypatch):
    assert named(written) == []
    page = (written / "work" / "far" / "empty.html").read_text()
    assert "python tools/evaluate.py --synthetic set" in page
    assert "The images can&#39;t be shown next to each other" in page
    page = (written / "work" / "advice" / "README.md").read_text()
    assert "`real` below `photos`, `set` below `set`" in page
    again = ganaug.load_advice("advice")
    counts = Counter(row.source for row in again.train_dataset().rows)
    assert counts["real"] == len(advised.train_dataset()) - counts["set"] > 60
    assert counts["set"] > 20
    # On another machine, which remembers nothing.
    monkeypatch.setenv("GANAUG_CACHE", str(written / "empty"))
    photos = str(shutil.move(written / "home" / "alice" / "photos", written / "moved"))
    with pytest.raises(
        UsageError, match=r"not at photos; give their current folder as `data_root`"
    ):
        again.train_dataset()
    said = r"the set set is not at advice/set; move it there, or run advise again"
    with pytest.raises(UsageError, match=said):
        again.train_dataset(data_root=photos)
    shutil.move(written / "home" / "alice" / "set", "advice/set")
    assert len(again.train_dataset(data_root=photos)) == counts.total()
