"""What is written about a set names no absolute path, home folder, user or machine."""

import getpass
import socket

import pytest

import ganaug
from helpers.image_folders import write


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


def test_files_name_no_place_or_person(written):
    # A name such as `vm` or `root` is part of other words.
    own = {name for name in (getpass.getuser(), socket.gethostname()) if len(name) > 4}
    words = {str(written), "alice", "/home/", "/root/", *own}
    found = []
    for file in sorted((written / "work").rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            found += [(str(file), word) for word in words if word.encode() in content]
    assert found == []
    assert {file.name for file in (written / "work").rglob("*.json")} >= {
        *("manifest.json", "metrics.json", "utility.json", "report.json", "croissant.json"),
    }
    # The set still finds its images.
    assert len(ganaug.SyntheticDataset.open("set").data().paths("train")) > 80
