"""Shards that webdataset and Hugging Face read, cut and checked."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from ganaug.synthesis import verify
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.output import Output
from ganaug.synthesis.writer.webdataset import in_shards, write_shards
from ganaug.utils.errors import UsageError
from helpers.expanded import contents, write


def test_webdataset_reads_the_shards(folder):
    webdataset = pytest.importorskip("webdataset")
    in_shards(folder)
    assert not (folder / "images").exists()
    urls = [str(path) for path in sorted(folder.glob("shard-*.tar"))]
    found = list(webdataset.WebDataset(urls, shardshuffle=False).decode("pil"))
    assert len(found) == 42
    assert {sample["cls"] for sample in found} == {0, 1}
    assert found[0]["png"].size == (8, 8)
    assert found[0]["json"]["file_name"] == "images/a.b/000000.png"
    assert len({sample["__key__"] for sample in found}) == 42


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_hugging_face_reads_the_shards(painter, tmp_path, monkeypatch, kind):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write(painter, tmp_path / "out", planned_classes={"cat": 3, "dog/wolf": 2}, kind=kind)
    in_shards(tmp_path / "out")
    shards = {"train": str(tmp_path / "out/shard-*.tar")}
    found = datasets.load_dataset(
        "webdataset", data_files=shards, cache_dir=str(tmp_path / "cache")
    )["train"]
    (column,) = set(found.column_names) & {"png", "jpg", "webp"}
    assert [image.size for image in found[column]] == [(8, 8)] * 5
    assert found["cls"] == [0] * 3 + [1] * 2
    assert [row["label"] for row in found["json"]] == ["cat"] * 3 + ["dog/wolf"] * 2


def test_shards_are_cut_and_the_same_every_time(folder, tmp_path):
    twice = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shards = write_shards(folder, tmp_path / name, per_shard=20)
        assert [path.name for path in shards] == [f"shard-{n:06d}.tar" for n in range(3)]
        twice.append([path.read_bytes() for path in shards])
    assert twice[0] == twice[1]


def test_a_row_without_a_file_is_named(folder, tmp_path):
    gone = next((folder / "images").glob("*/*"))
    gone.unlink()
    with pytest.raises(UsageError, match=rf"{gone.name}, which metadata.csv names, .*put the file"):
        write_shards(folder, tmp_path)


def test_shards_are_verified_and_going_on_changes_nothing(folder):
    in_shards(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    in_shards(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert verify(folder).sound
    assert verify(folder).files == 42
    shard = folder / "shard-000000.tar"
    content = bytearray(shard.read_bytes())
    content[600] ^= 1
    shard.write_bytes(content)
    assert len(verify(folder).unreadable) == 1


def test_files_of_others_are_not_lost_in_shards(folder):
    mine = folder / "images" / "notes.txt"
    mine.write_text("mine")
    before = contents(folder)
    with pytest.raises(UsageError, match=r"1 files in .* would be lost, such as .*notes.txt: move"):
        in_shards(folder)
    assert contents(folder) == before
    mine.unlink()
    in_shards(folder)
    assert not (folder / "images").exists()


def test_shards_that_an_interruption_left_are_no_part_of_a_folder(folder, monkeypatch):
    before = contents(folder)
    with monkeypatch.context() as stopped:
        stopped.setattr(Path, "replace", interrupted(Path.replace))
        with pytest.raises(KeyboardInterrupt):
            in_shards(folder)
    assert [*folder.glob("shard-*.tar")]
    Output(str(folder), "folder", folder).hand_over()
    assert contents(folder) == before


def interrupted(replace):
    """Return `Path.replace`, which is stopped before images are moved away."""

    def stopped(path, target):
        if path.name == "images":
            raise KeyboardInterrupt
        return replace(path, target)

    return stopped


def test_shards_are_read_as_the_files_that_they_were(folder):
    before = contents(folder)
    assert SyntheticDataset.open(folder).images_folder.parent == folder
    in_shards(folder)
    dataset = SyntheticDataset.open(folder)
    laid_out = dataset.images_folder.parent
    found = contents(laid_out)
    described = ("README.md", "croissant.json")
    assert {name: found.get(name) for name in before if name.name not in described} == found
    assert len(found) == 42 + 2
    del dataset
    assert not laid_out.exists()


@pytest.mark.parametrize("name", ["images/../../x.png", "/x.png", "x.png"])
def test_shards_write_nothing_elsewhere(tmp_path, name):
    with tarfile.open(tmp_path / "shard-000000.tar", "w") as shard:
        for member, content in (("a.png", "x"), ("a.json", json.dumps({"file_name": name}))):
            data = content.encode()
            info = tarfile.TarInfo(member)
            info.size = len(data)
            shard.addfile(info, io.BytesIO(data))
    with pytest.raises(UsageError, match=f"hold '{name}'"):
        _ = SyntheticDataset.open(tmp_path).images_folder


def test_a_damaged_shard_is_named(tmp_path):
    (tmp_path / "shard-000000.tar").write_bytes(b"no archive")
    said = r"the shards can't be read, or hold 'shard-000000\.tar'"
    with pytest.raises(UsageError, match=said):
        _ = SyntheticDataset.open(tmp_path).images_folder
