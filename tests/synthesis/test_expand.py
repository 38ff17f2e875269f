"""The folder on disk: whole, loadable, gone on with, never over anything of the user's."""

import csv
import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import ImageFolder

from ganaug.errors import UsageError
from ganaug.synthesis import Drawing, Originals, RealImages, expand, verify
from ganaug.synthesis.journal import UNFINISHED
from ganaug.synthesis.naming import class_name_of, folder_name

NAMES = ("cat", "dog/wolf", "emu")
QUOTAS = {"cat": 70, "dog/wolf": 3, "emu": 0}


def write(painter, out, *, channels=1, quotas=QUOTAS, names=NAMES, real=None, **settings):
    maker = Drawing(painter(len(names), channels), names)
    plan, makers = {"generator": quotas}, [maker]
    if real is not None:
        makers.append(Originals(real, names))
        plan["real"] = {n: int((real.labels == i).sum()) for i, n in enumerate(names)}
    return expand(makers, plan, out, **settings)


def rows(out):
    with (out / "metadata.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def contents(out):
    return {p.relative_to(out): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


def test_folder_holds_what_was_drawn(painter, tmp_path):
    write(painter, tmp_path / "out")
    maker = Drawing(painter(3), NAMES)
    for name, quota in QUOTAS.items():
        for block in range(-(-quota // 64)):
            batch = maker.make(NAMES.index(name), block).first(quota - 64 * block)
            for i, image in zip(batch.indices, batch.images, strict=True):
                with Image.open(tmp_path / f"out/images/{folder_name(name)}/{i:06d}.png") as read:
                    assert read.mode == "L"
                    assert np.array_equal(np.asarray(read), image[0].numpy())
    # The images, their rows, the manifest and the card.
    assert len(contents(tmp_path / "out")) == 73 + 3
    assert not (tmp_path / "out/images/emu").exists()


def test_torchvision_loads_it(painter, tmp_path):
    write(painter, tmp_path / "out", channels=3)
    found = ImageFolder(tmp_path / "out" / "images")
    assert [class_name_of(c) for c in found.classes] == ["cat", "dog/wolf"]
    assert found.targets == [0] * 70 + [1] * 3
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
    files = [str(path) for path in contents(out) if path.parts[0] == "images"]
    assert sorted(row["file_name"] for row in found) == files
    assert [int(row["sample_index"]) for row in found] == [*range(70), *range(3)]
    assert {(row["origin"], row["maker"]) for row in found} == {("synthetic", "generator")}
    assert [row["label"] for row in found] == ["cat"] * 70 + ["dog/wolf"] * 3
    first = Drawing(painter(3), NAMES).make(0, 0)
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


@pytest.mark.parametrize(("kind", "exact"), [("png", True), ("webp", True), ("jpeg", False)])
@pytest.mark.parametrize("channels", [1, 3])
def test_formats(painter, tmp_path, kind, exact, channels):
    write(painter, tmp_path / "out", channels=channels, quotas={"cat": 2}, kind=kind)
    (first, _) = sorted((tmp_path / "out/images/cat").iterdir())
    with Image.open(first) as read:
        assert read.format == kind.upper()
        # WebP knows no grey; its three channels are then alike.
        pixels = np.asarray(read.convert("L" if channels == 1 else "RGB")).astype(int)
    drawn = Drawing(painter(3, channels), NAMES).make(0, 0).images[0].permute(1, 2, 0).numpy()
    off = np.abs(pixels.reshape(drawn.shape) - drawn.astype(int))
    assert off.max() == 0 if exact else off.mean() < 12


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
    with pytest.raises(UsageError, match=r"is not empty, and what it holds is no run"):
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
    with pytest.raises(UsageError, match=r"holds another run: its plan, seed differ"):
        write(painter, out, quotas={"cat": 1}, facts={"seed": 2})
    write(painter, out, facts={"seed": 1})
    assert contents(out) == before


def test_another_seed_or_model_is_another_run(painter, tmp_path):
    plan = {"generator": {"cat": 3}}
    expand([Drawing(painter(3), NAMES, seed=1)], plan, tmp_path / "out")
    for maker in (Drawing(painter(3), NAMES, seed=2), Drawing(painter(3, 3), NAMES, seed=1)):
        with pytest.raises(UsageError, match="its makers differ"):
            expand([maker], plan, tmp_path / "out")


def test_stopped_before_its_first_line_it_begins_again(painter, tmp_path):
    unfinished = tmp_path / "out" / UNFINISHED
    unfinished.mkdir(parents=True)
    (unfinished / "run.json.partial").write_text('{"pl')
    write(painter, tmp_path / "out")
    assert verify(tmp_path / "out").sound


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
    monkeypatch.setattr("ganaug.synthesis.folder.Folder.close", lambda _: 1 / 0)
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
    monkeypatch.setattr("ganaug.synthesis.folder.Folder.close", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(painter, tmp_path / "out")
    monkeypatch.undo()
    (tmp_path / "out/images/cat/notes.txt").write_text("mine")
    write(painter, tmp_path / "out")
    assert (tmp_path / "out/images/cat/notes.txt").read_text() == "mine"
    assert verify(tmp_path / "out").extra == ("images/cat/notes.txt",)


def test_verify_names_what_is_missing_altered_and_extra(painter, tmp_path):
    out = tmp_path / "out"
    write(painter, out)
    assert verify(out).sound
    (out / "images/cat/000001.png").unlink()
    (out / "images/cat/000002.png").write_bytes(b"other")
    shutil.copy(out / "images/cat/000000.png", out / "images/cat/copy.png")
    found = verify(out)
    assert found.missing == ("images/cat/000001.png",)
    assert found.altered == ("images/cat/000002.png",)
    assert found.extra == ("images/cat/copy.png",)
    with (out / "metadata.csv").open("a") as file:
        file.write("x\n")
    assert "metadata.csv" in verify(out).altered
    with pytest.raises(UsageError, match=r"holds no manifest\.json"):
        verify(tmp_path)


def test_a_folder_that_cannot_be_made(painter, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot write .*file/out: Not a directory"):
        write(painter, tmp_path / "file" / "out")


def test_wrong_settings(painter, tmp_path):
    with pytest.raises(UsageError, match="format 'gif' is none of png, jpeg, webp"):
        write(painter, tmp_path / "out", kind="gif")
    with pytest.raises(UsageError, match="--max-tries is 0"):
        write(painter, tmp_path / "out", max_tries=0)
    maker = Drawing(painter(3), NAMES)
    with pytest.raises(UsageError, match="maker 'smite' is none of generator"):
        expand([maker], {"smite": {"cat": 3}}, tmp_path / "out")
    assert not (tmp_path / "out").exists()
