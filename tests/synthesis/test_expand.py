"""The folder on disk: whole, loadable, gone on with, never over anything of the user's."""

import errno
import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import ImageFolder

from ganaug.synthesis import GeneratorSource, RealFile, RealImages, expand, verify
from ganaug.synthesis.filters.base import FilterResult
from ganaug.synthesis.writer.folder import Folder
from ganaug.synthesis.writer.journal import UNFINISHED
from ganaug.synthesis.writer.naming import folder_name
from ganaug.utils.errors import UsageError
from helpers.expanded import NAMES, QUOTAS, contents, rows, write


def test_folder_holds_what_was_drawn(painter, tmp_path):
    write(painter, tmp_path / "out")
    source = GeneratorSource(painter(3), NAMES)
    for name, planned_class in QUOTAS.items():
        for block in range(-(-planned_class // 64)):
            batch = source.make(NAMES.index(name), block).first(planned_class - 64 * block)
            for i, image in zip(batch.indices, batch.images, strict=True):
                with Image.open(tmp_path / f"out/images/{folder_name(name)}/{i:06d}.png") as read:
                    assert read.mode == "L"
                    assert np.array_equal(np.asarray(read), image[0].numpy())
    # The images, their rows, the manifest, the card and its like for Croissant.
    assert len(contents(tmp_path / "out")) == 73 + 4
    assert not (tmp_path / "out/images/emu").exists()


def test_metadata_has_a_row_for_every_image(painter, tmp_path):
    out = tmp_path / "out"
    write(painter, out)
    found = rows(out)
    # What only variations have is no column of other sets.
    assert list(found[0])[-2:] == ["distance", "sha256"]
    files = [str(path) for path in contents(out) if path.parts[0] == "images"]
    assert sorted(row["file_name"] for row in found) == files
    assert [int(row["sample_index"]) for row in found] == [*range(70), *range(3)]
    assert {(row["origin"], row["method"]) for row in found} == {("synthetic", "generator")}
    assert [row["label"] for row in found] == ["cat"] * 70 + ["dog/wolf"] * 3
    first = GeneratorSource(painter(3), NAMES).make(0, 0)
    assert [row["seed"] for row in found[:64]] == [str(seed) for seed in first.seeds]


def test_manifest_and_card_say_how_it_was_made(painter, tmp_path):
    facts = {"seed": 3, "checkpoint": {"sha256": "ab"}, "model": "m"}
    manifest = write(painter, tmp_path / "out", facts=facts)
    assert json.loads((tmp_path / "out/manifest.json").read_text()) == manifest
    assert manifest["complete"] is True
    assert manifest["plan"] == {"generator": QUOTAS}
    assert manifest["counts"]["synthetic"] == {"cat": 70, "dog/wolf": 3}
    assert manifest["folders"]["dog/wolf"] == "dog%2Fwolf"
    assert manifest["seed"] == 3
    card = (tmp_path / "out/README.md").read_text()
    assert "73 images made by generator" in card
    assert "| dog/wolf | 3 | 0 | 0 | 3 |" in card


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
    assert sorted(row["source"] for row in real_rows) == sorted(real.sources)
    assert len(ImageFolder(out / "images")) == 143 == len(rows(out))


def test_a_folder_in_use_is_refused_and_untouched(painter, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"is not empty, and doesn't hold a run"):
        write(painter, tmp_path)
    assert [str(path) for path in contents(tmp_path)] == ["mine.txt"]
    with pytest.raises(UsageError, match="is a file"):
        write(painter, tmp_path / "mine.txt")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="is a link to nothing"):
        write(painter, tmp_path / "link")


def test_another_run_is_refused_and_the_same_one_is_done(painter, tmp_path):
    out = tmp_path / "out"
    write(painter, out, facts={"seed": 1})
    before = contents(out)
    with pytest.raises(UsageError, match=r"holds another run; what differs: plan, seed\. Give"):
        write(painter, out, planned_classes={"cat": 1}, facts={"seed": 2})
    write(painter, out, facts={"seed": 1})
    assert contents(out) == before


def test_another_seed_or_model_is_another_run(painter, tmp_path):
    plan = {"generator": {"cat": 3}}
    expand([GeneratorSource(painter(3), NAMES, seed=1)], plan, tmp_path / "out")
    for source in (
        GeneratorSource(painter(3), NAMES, seed=2),
        GeneratorSource(painter(3, 3), NAMES, seed=1),
    ):
        with pytest.raises(UsageError, match="what differs: sources"):
            expand([source], plan, tmp_path / "out")


def test_stopped_before_its_first_line_it_begins_again(painter, tmp_path):
    unfinished = tmp_path / "out" / UNFINISHED
    unfinished.mkdir(parents=True)
    (unfinished / "run.json.ganaug-host-1.partial").write_text('{"pl')
    write(painter, tmp_path / "out")
    assert verify(tmp_path / "out").sound


def test_names_that_another_process_took_are_not_used(painter, tmp_path, monkeypatch):
    """Such as files of another user, which can't be replaced."""
    out, close = tmp_path / "out", Folder.close

    def stopped(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(Folder, "close", stopped)
    with pytest.raises(KeyboardInterrupt):
        write(painter, out)
    next((out / "images").rglob("*.png")).unlink()
    taken = ["journal-9999.partial", "metadata.csv", "manifest.json"]
    taken += [f"0_generator_{label}_000000.png" for label in range(3)]
    for name in taken:
        (out / UNFINISHED / name).mkdir()
    monkeypatch.setattr(Folder, "close", close)
    write(painter, out)
    assert verify(out).sound


def test_stopped_after_its_last_line_it_is_tidied(painter, tmp_path):
    write(painter, tmp_path / "out")
    (tmp_path / "out" / UNFINISHED).mkdir()
    write(painter, tmp_path / "out")
    assert not (tmp_path / "out" / UNFINISHED).exists()


def test_a_full_disk_is_one_line_and_the_same_call_goes_on(painter, tmp_path, monkeypatch):
    expected = tmp_path / "expected"
    write(painter, expected)
    write_bytes, calls = Path.write_bytes, []

    def full(path, content):
        calls.append(1)
        if len(calls) > 66:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UsageError, match=r"cannot write .*\.png: No space left") as caught:
        write(painter, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out/manifest.json").exists()
    monkeypatch.undo()
    write(painter, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(expected)


def test_what_a_power_cut_took_is_made_again(painter, tmp_path, monkeypatch, capsys):
    expected = tmp_path / "expected"
    write(painter, expected)
    monkeypatch.setattr("ganaug.synthesis.writer.folder.Folder.close", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(painter, tmp_path / "out")
    monkeypatch.undo()
    (tmp_path / "out/images/cat/000003.png").write_bytes(b"")
    with (tmp_path / "out" / UNFINISHED / "journal-0000.jsonl").open("a") as torn:
        torn.write('{"unit": ["generator", 0, 7], "tri')
    write(painter, tmp_path / "out")
    assert "1 blocks were not on disk as written" in capsys.readouterr().out
    assert contents(tmp_path / "out") == contents(expected)


def test_a_file_of_the_user_among_the_images_is_left_alone(painter, tmp_path, monkeypatch):
    monkeypatch.setattr("ganaug.synthesis.writer.folder.Folder.close", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(painter, tmp_path / "out")
    monkeypatch.undo()
    (tmp_path / "out/images/cat/notes.txt").write_text("mine")
    write(painter, tmp_path / "out")
    assert (tmp_path / "out/images/cat/notes.txt").read_text() == "mine"
    assert verify(tmp_path / "out").extra == ("images/cat/notes.txt",)


@pytest.mark.parametrize("method", ["my_2nd", "Mixed", "a.b"])
def test_no_rejected_file_of_a_source_of_any_name_is_left(painter, tmp_path, method):
    class Even:
        facts: ClassVar = {}

        def judge(self, batch):
            passed = torch.tensor([index % 2 == 0 for index in batch.indices])
            return FilterResult({"even": passed})

    source = GeneratorSource(painter(3), NAMES)
    source.method = method
    expand([source], {method: {"cat": 5}}, tmp_path / "out", filters=[Even()])
    assert len([*(tmp_path / "out/images/cat").iterdir()]) == 5
    assert verify(tmp_path / "out").sound


def test_files_that_only_look_like_ours_are_left_alone(painter, tmp_path, monkeypatch):
    monkeypatch.setattr("ganaug.synthesis.writer.folder.Folder.close", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(painter, tmp_path / "out")
    monkeypatch.undo()
    (tmp_path / "out/images/cat/photo_000001.png").write_bytes(b"mine")
    write(painter, tmp_path / "out")
    assert verify(tmp_path / "out").extra == ("images/cat/photo_000001.png",)


def test_a_folder_that_cannot_be_made(painter, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"out is .*file/out, and .*file is a file; give another"):
        write(painter, tmp_path / "file" / "out")


def test_wrong_settings(painter, tmp_path):
    with pytest.raises(UsageError, match="format 'gif' is not one of png, jpeg, webp"):
        write(painter, tmp_path / "out", kind="gif")
    with pytest.raises(UsageError, match="max_attempts is 0"):
        write(painter, tmp_path / "out", max_attempts=0)
    source = GeneratorSource(painter(3), NAMES)
    with pytest.raises(UsageError, match="method 'smite' is not one of generator"):
        expand([source], {"smite": {"cat": 3}}, tmp_path / "out")
    with pytest.raises(UsageError, match="`plan` is empty; give at least one class"):
        expand([source], {"generator": {"cat": 0}}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_real_files_are_copied_as_they_are(painter, tmp_path):
    files = []
    for number, name in enumerate(("a.jpg", "b.TIF", "c.png")):
        files.append(tmp_path / name)
        Image.new("RGB", (50, 30), (9 * number, 5, 0)).save(files[-1])
    pixels = torch.zeros(4, 1, 8, 8, dtype=torch.uint8)
    names = ["cat/a.jpg", "cat/b.TIF", "cat/c.png", "4 of an archive"]
    copied = [*(RealFile(str(file)) for file in files), None]
    real = RealImages(pixels, torch.tensor([0, 0, 0, 0]), names, copied)
    manifest = write(painter, tmp_path / "out", real=real)
    folder = tmp_path / "out/images/cat"
    for number, (file, suffix) in enumerate(zip(files, (".jpg", ".tif", ".png"), strict=True)):
        assert (folder / f"real_{number:06d}{suffix}").read_bytes() == file.read_bytes()
    with Image.open(folder / "real_000003.png") as without_a_file:
        assert without_a_file.size == (8, 8)
    assert manifest["sources"]["real"]["copied"] == 3
    assert [row["source"] for row in rows(tmp_path / "out") if row["origin"] == "real"] == names
    assert verify(tmp_path / "out").sound
    assert len(ImageFolder(str(tmp_path / "out/images"))) == 73 + 4


def test_a_real_file_that_is_gone_is_named(painter, tmp_path):
    pixels = torch.zeros(1, 1, 8, 8, dtype=torch.uint8)
    real = RealImages(pixels, torch.tensor([0]), ["a"], [RealFile(str(tmp_path / "gone.png"))])
    with pytest.raises(UsageError, match=r"can't copy the real image .*gone\.png: No such file"):
        write(painter, tmp_path / "out", real=real)
