"""Naming the class of unlabeled images: the table, the copies, and what is refused."""

import csv
import errno
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from datamodules.image_folder import ImageFolderDataModule
from ganaug.cli import label
from ganaug.evaluation import label_copies
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.training.checkpoints import Card, Checkpoint
from ganaug.utils.errors import UsageError


class ByBrightness(torch.nn.Module):
    """Sure of black and white, not of gray."""

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(4.0))

    @torch.no_grad()
    def classify(self, images):
        light = torch.sigmoid(self.scale * images.mean(dim=(1, 2, 3)))
        return torch.stack([1 - light, light], dim=1)


CARD = Card(
    model="ganaug.models.sgan.SGAN",
    class_names=("dark", "light/pale"),
    class_counts={"dark": 1, "light/pale": 1},
    image_size=8,
    channels=1,
    value_range=(-1.0, 1.0),
    fingerprint="",
    data={"class_path": "", "init_args": {}},
)


@pytest.fixture
def folder(tmp_path):
    images = tmp_path / "unsorted"
    for name, level in {"a.png": 0, "b/a.png": 255, "b/c.jpg": 140}.items():
        (images / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((9, 7), level, np.uint8)).save(images / name)
    (images / "broken.png").write_bytes(b"not an image")
    return images


@pytest.fixture
def run(monkeypatch, tmp_path, folder):
    def loaded(path, device):
        return Checkpoint(run_model, CARD, "", path)

    run_model = ByBrightness()
    monkeypatch.setattr("ganaug.training.checkpoints.load", loaded)
    (tmp_path / "x.ckpt").touch()

    def run(*words):
        label.main(["--ckpt", "x.ckpt", "--images", str(folder), "--out", "out.csv", *words])
        with Path("out.csv").open(newline="") as file:
            return {row["file"].removeprefix(f"{folder}/"): row for row in csv.DictReader(file)}

    return run


def test_every_file_has_a_line(run):
    rows = run()
    assert {name: row["label"] for name, row in rows.items()} == {
        "a.png": "dark",
        "b/a.png": "light/pale",
        "b/c.jpg": "light/pale",
        "broken.png": "",
    }
    assert float(rows["a.png"]["probability"]) == pytest.approx(1 / (1 + np.exp(-4)), abs=1e-5)
    assert rows["broken.png"]["remark"]


def test_unsure_images_get_no_label_and_no_copy(run, folder, tmp_path, capsys):
    rows = run("--min-confidence", "0.9", "--copy-to", "sorted")
    assert rows["b/c.jpg"]["label"] == ""
    assert rows["b/c.jpg"]["remark"] == "not sure"
    copies = SyntheticDataset.open(tmp_path / "sorted")
    assert copies.counts == {"dark": 1, "light/pale": 1}
    contents = [one.path.read_bytes() for one in copies.listed]
    assert contents == [(folder / name).read_bytes() for name in ("a.png", "b/a.png")]
    assert "no label: 1 (not sure)" in capsys.readouterr().out


def test_a_labeling_that_found_no_room_can_be_given_again(run, tmp_path, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    before = sorted(path.name for path in tmp_path.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(label_copies.shutil, "copyfile", full)
        with pytest.raises(UsageError, match="No space left"):
            run("--copy-to", "sorted")
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert run("--copy-to", "sorted")["a.png"]["label"] == "dark"
    assert SyntheticDataset.open(tmp_path / "sorted").counts["dark"] == 1


def test_what_is_refused(run, tmp_path):
    with pytest.raises(UsageError, match=r"--min-confidence is 2\.0; it must be from 0 to 1"):
        run("--min-confidence", "2")
    (tmp_path / "out.csv").write_text("mine")
    with pytest.raises(UsageError, match=r"out\.csv exists, and nothing is overwritten"):
        run()
    assert (tmp_path / "out.csv").read_text() == "mine"


def test_a_folder_without_images_says_what_it_holds(run, folder):
    for file in [path for path in folder.rglob("*") if path.is_file()]:
        file.rename(file.with_suffix(".dcm"))
    with pytest.raises(
        UsageError, match=r"no images in .* \(only \d+ \.dcm: convert DICOM to PNG\)"
    ):
        run()


def test_copies_do_not_join_the_images_of_the_fit(run, monkeypatch):
    data = {"class_path": "datamodules.image_folder.ImageFolderDataModule"}
    card = replace(CARD, data={**data, "init_args": {"root": "photos"}})
    own = Checkpoint(ByBrightness(), card, "", None)
    monkeypatch.setattr("ganaug.training.checkpoints.load", lambda *_: own)
    with pytest.raises(UsageError, match="--copy-to 'photos/sorted' lies in the images' folder"):
        run("--copy-to", "photos/sorted")


def test_a_model_that_names_no_classes(run, monkeypatch):
    other = Checkpoint(torch.nn.Identity(), CARD, "", None)
    monkeypatch.setattr("ganaug.training.checkpoints.load", lambda *_: other)
    with pytest.raises(UsageError, match="does not name classes; fit a model that does"):
        run()


@pytest.fixture
def labeled(tmp_path):
    """Photographs of two classes that a network tells apart after a few looks."""
    random = np.random.default_rng(0)
    for name, level in {"dark": 40, "pale": 200}.items():
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(20):
            pixels = np.clip(random.normal(level, 20, (16, 16, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{number}.png")
    return tmp_path / "photos"


def test_a_folder_of_labeled_images_names_the_others(labeled, folder, tmp_path):
    words = ["--images", str(folder), "--out", str(tmp_path / "out.csv"), "--image-size", "16"]
    label.main(["--real", str(labeled), *words])
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = {row["file"].removeprefix(f"{folder}/"): row for row in csv.DictReader(file)}
    assert rows["a.png"]["label"] == "dark"
    assert rows["b/a.png"]["label"] == "pale"
    assert rows["broken.png"]["label"] == ""


def test_images_with_a_label_get_none_from_a_classifier(labeled, folder, tmp_path, capsys):
    for number in range(20):  # of all splits
        Image.open(labeled / f"dark/{number}.png").save(folder / f"b/{number}.bmp")
    words = ["--images", str(folder), "--out", str(tmp_path / "out.csv"), "--image-size", "16"]
    label.main(["--real", str(labeled), *words, "--copy-to", str(tmp_path / "copies")])
    assert "no label: 20 (the same image is in real)" in capsys.readouterr().out
    assert len([*(tmp_path / "copies").rglob("*.*")]) == 3


def of_a_fit(root, monkeypatch):
    """Let every checkpoint be one of a model that was fitted on the folder."""
    data = ImageFolderDataModule(str(root), image_size=8, channels=1)
    card = Card.from_checkpoint({**data.card(), "model": CARD.model})
    own = Checkpoint(ByBrightness(), card, "", None)
    monkeypatch.setattr("ganaug.training.checkpoints.load", lambda *_: own)


def test_images_of_the_fit_get_no_label_from_its_model(run, labeled, folder, monkeypatch, capsys):
    for number in range(20):  # of all splits
        Image.open(labeled / f"dark/{number}.png").save(folder / f"b/{number}.bmp")
    of_a_fit(labeled, monkeypatch)
    rows = run()
    same = [
        row
        for row in rows.values()
        if row["remark"] == "the same image is in the labeled images of the fit"
    ]
    assert len(same) == 20
    assert not any(row["label"] for row in same)
    assert rows["a.png"]["label"] == "dark"
    assert "warning" not in capsys.readouterr().err


def test_images_of_a_fit_that_have_moved(run, labeled, folder, monkeypatch, capsys):
    Image.open(labeled / "dark/0.png").save(folder / "b/0.bmp")
    of_a_fit(labeled, monkeypatch)
    moved = labeled.rename(labeled.with_name("moved"))
    assert run()["b/0.bmp"]["label"] == "dark"
    assert "the model was fitted on can't be recognized" in capsys.readouterr().err
    Path("out.csv").unlink()
    assert run("--data-root", str(moved))["b/0.bmp"]["label"] == ""
    with pytest.raises(UsageError, match="--data-root moved is read with --ckpt; leave it out"):
        label.main(["--real", "x", "--images", "y", "--out", "z", "--data-root", "moved"])


def test_left_and_right_are_told_apart_in_gray(tmp_path):
    """Color images are mirrored while the classifier learns; gray ones are not."""
    random = np.random.default_rng(0)
    for name, side in {"left": slice(0, 8), "right": slice(8, 16)}.items():
        for number in range(25):
            folder = tmp_path / ("scans" if number < 20 else "more") / name
            folder.mkdir(parents=True, exist_ok=True)
            pixels = random.normal(60, 20, (16, 16))
            pixels[:, side] += 120
            pixels = np.clip(pixels, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}.png")
    words = ["--real", str(tmp_path / "scans"), "--images", str(tmp_path / "more")]
    words += ["--image-size", "16", "--channels", "1", "--out", str(tmp_path / "out.csv")]
    label.main(words)
    with (tmp_path / "out.csv").open(newline="") as file:
        assert all(row["label"] == Path(row["file"]).parent.name for row in csv.DictReader(file))


def test_a_single_class_names_nothing(labeled, folder, tmp_path):
    words = ["--images", str(folder), "--out", str(tmp_path / "out.csv"), "--image-size", "16"]
    with pytest.raises(UsageError, match="holds a single class"):
        label.main(["--real", str(labeled / "dark"), *words])
