"""The folder on disk: whole, loadable, never over anything of the user's."""

import csv
import errno
import json

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import ImageFolder

from ganaug.errors import UsageError
from ganaug.synthesis import RealImages, draw, export
from ganaug.synthesis.naming import class_name_of, folder_name

NAMES = ("cat", "dog/wolf", "emu")
QUOTAS = {"cat": 5, "dog/wolf": 3, "emu": 0}


def write(painter, out, *, channels=1, quotas=QUOTAS, names=NAMES, real=None, facts=None):
    sampler = painter(len(names), channels)
    batches = draw(sampler, quotas, names, batch_size=4)
    return export(
        batches,
        out,
        class_names=names,
        quotas=quotas,
        facts=facts or {},
        real=real,
        progress=False,
    )


def rows(out):
    with (out / "metadata.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def files(out):
    return sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file())


def test_folder_holds_what_was_drawn(painter, tmp_path):
    write(painter, tmp_path / "out")
    expected = list(draw(painter(3), QUOTAS, NAMES, batch_size=4))
    for batch in expected:
        folder = folder_name(NAMES[batch.label])
        for i, image in zip(batch.indices, batch.images, strict=True):
            with Image.open(tmp_path / f"out/images/{folder}/{i:06d}.png") as read:
                assert read.mode == "L"
                assert np.array_equal(np.asarray(read), image[0].numpy())
    assert len(files(tmp_path / "out")) == 8 + 2
    assert not (tmp_path / "out/.partial").exists()


def test_torchvision_loads_it(painter, tmp_path):
    write(painter, tmp_path / "out", channels=3)
    found = ImageFolder(tmp_path / "out" / "images")
    assert [class_name_of(c) for c in found.classes] == ["cat", "dog/wolf"]
    assert found.targets == [0] * 5 + [1] * 3
    assert found[0][0].mode == "RGB"


def test_hugging_face_loads_it(painter, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write(painter, tmp_path / "out", names=("cat", "emu"), quotas={"cat": 5, "emu": 3})
    found = datasets.load_dataset(
        "imagefolder", data_dir=str(tmp_path / "out/images"), cache_dir=str(tmp_path / "cache")
    )["train"]
    assert found.features["label"].names == ["cat", "emu"]
    assert sorted(found["label"]) == [0] * 5 + [1] * 3


def test_metadata_has_a_row_for_every_image(painter, tmp_path):
    out = tmp_path / "out"
    write(painter, out)
    found = rows(out)
    assert sorted(row["file_name"] for row in found) == [f for f in files(out) if "images" in f]
    batches = draw(painter(3), QUOTAS, NAMES, batch_size=4)
    seeds = [str(seed) for batch in batches for seed in batch.seeds]
    assert [row["seed"] for row in found] == seeds
    assert {row["origin"] for row in found} == {"synthetic"}
    assert [row["label"] for row in found] == ["cat"] * 5 + ["dog/wolf"] * 3
    assert [int(row["class_index"]) for row in found] == [0] * 5 + [1] * 3


def test_manifest_says_how_it_was_made(painter, tmp_path):
    manifest = write(painter, tmp_path / "out", facts={"seed": 3, "checkpoint": {"sha256": "ab"}})
    assert json.loads((tmp_path / "out/manifest.json").read_text()) == manifest
    assert manifest["complete"] is True
    assert manifest["plan"] == QUOTAS
    assert manifest["counts"]["synthetic"] == {"cat": 5, "dog/wolf": 3}
    assert manifest["folders"]["dog/wolf"] == "dog%2Fwolf"
    assert manifest["seed"] == 3
    assert manifest["versions"]["torch"] == torch.__version__.partition("+")[0]


def test_real_images_lie_beside_them(painter, tmp_path):
    pixels = torch.randint(0, 256, (70, 1, 8, 8), dtype=torch.uint8)
    labels = torch.tensor([2] * 69 + [0])
    real = RealImages(pixels, labels, [f"photos/{i}.jpg" for i in range(70)])
    out = tmp_path / "out"
    manifest = write(painter, out, real=real)
    assert manifest["counts"]["real"] == {"emu": 69, "cat": 1}
    with Image.open(out / "images/emu/real_000068.png") as read:
        assert np.array_equal(np.asarray(read), pixels[68, 0].numpy())
    real_rows = [row for row in rows(out) if row["origin"] == "real"]
    assert [row["source"] for row in real_rows] == list(real.sources)
    assert len(ImageFolder(out / "images")) == 78 == len(rows(out))


def test_a_folder_in_use_is_refused_and_untouched(painter, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"is not empty; give --out a new folder"):
        write(painter, tmp_path)
    assert files(tmp_path) == ["mine.txt"]
    with pytest.raises(UsageError, match="is a file"):
        write(painter, tmp_path / "mine.txt")
    (tmp_path / "empty").mkdir()
    write(painter, tmp_path / "empty")
    with pytest.raises(UsageError, match="is not empty"):
        write(painter, tmp_path / "empty")


def test_a_full_disk_is_one_line_and_leaves_no_manifest(painter, tmp_path, monkeypatch):
    save, calls = Image.Image.save, []

    def full(image, *arguments, **options):
        calls.append(1)
        if len(calls) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(image, *arguments, **options)

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(UsageError, match=r"cannot write .*\.png: No space left") as caught:
        write(painter, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out/manifest.json").exists()
    assert not (tmp_path / "out/metadata.csv").exists()
    monkeypatch.undo()
    with pytest.raises(UsageError, match="holds an unfinished run"):
        write(painter, tmp_path / "out")


def test_a_folder_that_cannot_be_made(painter, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot write .*file/out: Not a directory"):
        write(painter, tmp_path / "file" / "out")


ODD = ["a/b", "..", ".", ".hidden", "100%", "a%2Fb", "CON", "nul.x", "x.", " x", "x ", "__x"]


@pytest.mark.parametrize("name", [*ODD, "käse", "a:b*c?", "back\\slash", "line\nbreak", "%"])
def test_folder_names_are_safe_and_come_back(name):
    folder = folder_name(name)
    assert class_name_of(folder) == name
    assert not set(folder) & set('/\\:*?"<>|\n')
    assert {folder[0], folder[-1]}.isdisjoint(". ")
    assert not folder.startswith("__")
    assert folder.partition(".")[0].upper() not in ("CON", "NUL")


def test_plain_names_stay_as_they_are():
    assert [folder_name(n) for n in ("7", "rose", "a b", "x_y-z.1")] == [
        "7",
        "rose",
        "a b",
        "x_y-z.1",
    ]


def test_an_empty_name_is_refused():
    with pytest.raises(UsageError, match="empty name"):
        folder_name("")
