"""The ways that do not start from noise: turning photographs, and naming unlabeled ones."""

from pathlib import Path

import pytest

from helpers.tool_runs import passed, rows_of, tool

SMALL = [
    *("--data.image_size", "16", "--data.epoch_images", "1", "--trainer.max_epochs", "1"),
    *("--trainer.enable_progress_bar", "false", "--stability.images", "10"),
]


@pytest.fixture(scope="module")
def turned(home, photos):
    folders = ["--data.source", photos / "red", "--data.target", photos / "light blue"]
    words = ["--model", "cyclegan", "--data", "unpaired_folders", *folders, *SMALL]
    model = ["--model.width", "2", "--model.blocks", "1", "--data.batch_size", "4"]
    fit = [*words, *model, "--data.channels", "3", "--fidelity.images", "20"]
    passed(tool("fit", *fit, cwd=home))
    printed = passed(
        tool(
            *("synthesize", "--ckpt", "runs/cyclegan/version_0", "--out", "turned"),
            *("--sampling-strategy", "auto"),
            cwd=home,
        )
    )
    return home / "turned", printed


def test_the_smaller_class_is_filled_up_with_turned_images_of_the_larger(turned, photos):
    out, _ = turned
    rows = rows_of(out / "metadata.csv")
    assert {row["label"] for row in rows} == {"light blue"}
    # 40 and 20 photographs, of each of which a tenth is held out for validation and test.
    assert len(rows) == 16
    sources = [Path(row["source"]) for row in rows]
    assert len(set(sources)) == 16
    assert all((photos / "red" / source).is_file() for source in sources)
    assert all((out / row["file_name"]).is_file() for row in rows)


def test_more_than_there_are_is_refused(turned, home):
    words = ["--ckpt", "runs/cyclegan/version_0", "--out", "many"]
    result = tool("synthesize", *words, "--sampling-strategy", "{light blue: 60}", cwd=home)
    assert result.returncode == 2
    assert "makes one from each of 32 real images" in result.stderr
    assert not (home / "many").exists()


@pytest.fixture(scope="module")
def semi_supervised(home, photos):
    data = ["--data", "image_folder", "--data.root", "photos", "--data.labels_per_class", "4"]
    words = ["--model", "sgan", *data, *SMALL, "--data.batch_size", "8", "--model.width", "4"]
    return passed(tool("fit", *words, "--data.channels", "3", cwd=home))


def test_a_classifier_is_fitted_and_names_a_folder_of_images(semi_supervised, home, photos):
    assert "test/accuracy" in semi_supervised
    assert "python tools/label.py --images DIR --out labels.csv --ckpt runs/sgan" in semi_supervised
    words = ["--ckpt", "runs/sgan/version_0", "--images", photos, "--out", "labels.csv"]
    printed = passed(tool("label", *words, "--copy-to", "sorted", cwd=home))
    rows = rows_of(home / "labels.csv")
    assert len(rows) == 60
    named = [row for row in rows if row["label"]]
    assert {row["label"] for row in named} <= {"red", "light blue"}
    # Whose label the fit was told is not guessed: 8 images of training, 6 each held out.
    assert len(named) == len([*(home / "sorted").rglob("*.png")]) == 60 - 8 - 6 - 6
    assert "labels.csv" in printed


def test_hidden_labels_are_refused_by_a_model_that_needs_them(home, photos):
    data = ["--data", "image_folder", "--data.root", "photos", "--data.labels_per_class", "4"]
    result = tool("fit", "--model", "dcgan", *data, *SMALL, "--data.batch_size", "8", cwd=home)
    assert result.returncode == 2
    assert "40 training images have no label, and DCGAN does not learn from both" in result.stderr


EXPLORATIONS = {
    "samples": [],
    "walk": ["--steps", "2"],
    "nearest": [],
    "project": ["--steps", "2"],
    "inpaint": ["--steps", "2", "--hole", "left"],
}


@pytest.mark.parametrize("what", EXPLORATIONS)
def test_exploring_leaves_a_picture(semi_supervised, home, what):
    out = home / f"{what}.png"
    words = [what, "--ckpt", "runs/sgan/version_0", "--out", out, "--count", "3"]
    printed = passed(tool("explore", *words, *EXPLORATIONS[what], cwd=home))
    assert f"wrote {out}" in printed
    assert out.stat().st_size > 1000


def test_arithmetic_on_classes_as_a_classifier_sees_them(semi_supervised, home):
    words = ["arithmetic", "--ckpt", "runs/sgan/version_0", "--out", "sum.png"]
    terms = ["--a", "class:red", "--b", "0,2", "--c", "class:light blue"]
    passed(tool("explore", *words, *terms, cwd=home))
    assert (home / "sum.png").is_file()
    refused = tool("explore", *words[:-1], "other.png", *terms[:-1], "class:light bleu", cwd=home)
    assert refused.returncode == 2
    assert "'light bleu' is not one of light blue, red; did you mean" in refused.stderr


def test_two_devices_turn_images_as_they_stand(home, photos):
    folders = ["--data.source", photos / "red", "--data.target", photos / "light blue"]
    words = ["--model", "cyclegan", "--data", "unpaired_folders", *folders, *SMALL]
    model = ["--model.width", "2", "--model.blocks", "1", "--data.batch_size", "4"]
    devices = ["--trainer.accelerator", "cpu", "--trainer.devices", "2"]
    fit = [*words, *model, *devices, "--data.channels", "3", "--fidelity.every_epochs", "0"]
    printed = passed(tool("fit", *fit, cwd=home))
    assert printed.count("next:") == 1


def test_batches_that_are_not_halved_are_refused(home, photos):
    data = ["--data", "image_folder", "--data.root", "photos"]
    words = ["--model", "cyclegan", *data, *SMALL, "--data.batch_size", "8"]
    result = tool("fit", *words, "--data.channels", "3", cwd=home)
    assert result.returncode == 2
    assert "needs both classes in each batch" in result.stderr


def test_what_can_not_be_explored(turned, home):
    words = ["walk", "--ckpt", "runs/cyclegan/version_0", "--out", "walk2.png"]
    result = tool("explore", *words, cwd=home)
    assert result.returncode == 2
    assert "generates from images, not from latents" in result.stderr
