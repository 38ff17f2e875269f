"""Real images that are added to a set: their files as they are, where a loader reads them alike."""

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

from ganaug.synthesis.context import Context
from ganaug.synthesis.sources.real_file import RealFile
from ganaug.synthesis.synthesize import synthesize
from ganaug.synthesis.writer.webdataset import shard_members
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill


@pytest.fixture
def photos(tmp_path):
    fill(tmp_path / "photos/rose", 10)
    fill(tmp_path / "photos/tulip", 10, first=100)
    return tmp_path / "photos"


def made(photos, out, **settings):
    own = {"method": "albumentations", "sources": str(photos), "image_size": 8}
    return synthesize(out=out, **own, per_class=1, accelerator="cpu", **settings)


def test_files_of_a_folder_are_copied_by_default(photos):
    context = Context(None, sources=str(photos), image_size=8)
    assert context.real_files == [RealFile(path) for path in context.data.paths("train")]


# A phone's photograph, a print's, a drawing's, a cut-out's and a scanner's.
CONVERTED = {"turned": "RGB", "cmyk": "CMYK", "palette": "P", "alpha": "RGBA", "deep": "I;16"}


def save_odd(name, path, number):
    mode = CONVERTED[name]
    gray = Image.fromarray(np.full((20, 30), 256 * number, np.uint16))
    color = Image.new("RGB", (30, 20), (number, 0, 0))
    picture = gray if mode == "I;16" else color.convert(mode)
    exif = Image.Exif()
    exif[274] = 6
    save = {"exif": exif} if name == "turned" else {}
    picture.save(path.with_suffix({"turned": ".jpg", "cmyk": ".tif"}.get(name, ".png")), **save)


@pytest.mark.parametrize("layout", ["folder", "webdataset"])
@pytest.mark.parametrize("name", CONVERTED)
def test_files_that_loaders_would_show_otherwise_are_added_at_their_size(
    photos, tmp_path, name, layout
):
    for number in range(10):
        (photos / f"rose/{number:03}.png").unlink()
        save_odd(name, photos / f"rose/{number}", 10 * number)
    dataset = made(photos, tmp_path / "set", with_real=True, layout=layout)
    added = [Image.open(file) for file in dataset.images_folder.rglob("real_*")]
    sizes = [image.size for image in added if image.size != (10, 12)]
    assert sizes == [(20, 30) if name == "turned" else (30, 20)] * 8
    assert dataset.manifest["sources"]["real"]["converted"] == 8
    assert {image.mode for image in added} <= {"RGB", "L"}
    assert len(ImageFolder(str(dataset.images_folder))) == 2 + 16
    assert dataset.verify().sound


@pytest.mark.parametrize("with_real", [True, "resized"])
def test_with_real_copies_and_resized_does_not(photos, tmp_path, with_real):
    dataset = made(photos, tmp_path / "set", with_real=with_real)
    added = {f.read_bytes() for f in (tmp_path / "set/images").rglob("real_*")}
    known = {f.read_bytes() for f in photos.rglob("*.png")}
    assert len(added) == 16
    assert (added <= known) is (with_real is True)
    assert dataset.verify().sound


def test_shards_hold_files_of_one_format_at_their_own_size(photos, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for file in sorted((photos / "rose").iterdir())[:5]:
        Image.open(file).save(file.with_suffix(".JPEG"))
        file.unlink()
    dataset = made(photos, tmp_path / "set", with_real=True, layout="webdataset")
    facts = dataset.manifest["sources"]["real"]
    assert facts["copied"] + facts["encoded"] == 16
    assert facts["encoded"] >= 3
    known = [np.asarray(Image.open(file)) for file in photos.rglob("*.*")]
    added = [np.asarray(Image.open(f)) for f in dataset.images_folder.rglob("real_*.png")]
    assert len(added) == 16
    assert all(any(np.array_equal(one, other) for other in known) for one in added)
    shards = {"train": str(tmp_path / "set/shard-*.tar")}
    settings = {"data_files": shards, "cache_dir": str(tmp_path / "cache")}
    loaded = datasets.load_dataset("webdataset", **settings)["train"]
    assert sorted(image.size for image in loaded["png"]) == [(8, 8)] * 2 + [(10, 12)] * 16
    assert dataset.verify().sound


def test_a_jpeg_file_is_copied_into_shards_of_jpeg_files(photos, tmp_path):
    for file in photos.rglob("*.png"):
        Image.open(file).save(file.with_suffix(".jpeg"))
        file.unlink()
    dataset = made(photos, tmp_path / "set", with_real=True, layout="webdataset", format="jpeg")
    added = {file.read_bytes() for file in dataset.images_folder.rglob("real_*.jpg")}
    assert len(added) == 16
    assert added <= {file.read_bytes() for file in photos.rglob("*.jpeg")}


@pytest.mark.parametrize(("first", "second"), [("folder", "webdataset"), ("webdataset", "folder")])
def test_a_set_of_several_formats_in_the_other_layout_says_what_to_do(
    photos, tmp_path, first, second
):
    for file in sorted((photos / "rose").iterdir())[:5]:
        Image.open(file).save(file.with_suffix(".jpg"))
        file.unlink()
    before = made(photos, tmp_path / "set", with_real=True, layout=first)
    with pytest.raises(UsageError, match=f"give `layout` {first}, or give `out` a new") as caught:
        made(photos, tmp_path / "set", with_real=True, layout=second)
    assert "another run" not in str(caught.value)
    assert before.verify().sound
    with pytest.raises(UsageError, match=r"holds another run; what differs: plan"):
        made(photos, tmp_path / "set", layout=second)


def test_shards_of_a_finished_folder_have_one_suffix_for_jpeg(photos, tmp_path):
    for file in photos.rglob("*.png"):
        Image.open(file).save(file.with_suffix(".jpeg"))
        file.unlink()
    for layout in ("folder", "webdataset"):
        dataset = made(photos, tmp_path / "set", with_real=True, layout=layout, format="jpeg")
    members = [sample.member for sample in shard_members(tmp_path / "set")]
    assert {name.rpartition(".")[2] for name in members} == {"jpg"}
    assert dataset.verify().sound
