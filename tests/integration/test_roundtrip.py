"""The whole way as a user goes it: fit, synthesize, evaluate, resume, two devices."""

import csv
import json
from pathlib import Path

import pytest
import torch
import yaml
from PIL import Image
from torchvision.datasets import ImageFolder

from ganaug.utils.tensorboard import read_points
from helpers.tool_runs import TINY, passed, tool


def test_fit_says_where_everything_is(fitted, home):
    for place in ("checkpoint", "video"):
        line = next(line for line in fitted.splitlines() if line.strip().startswith(place))
        assert (home / line.split()[1]).is_file()
    assert "tensorboard --logdir runs" in fitted
    # 40 and 20 images: one number would be another fraction of each class.
    command = "tools/synthesize.py --out expanded --ckpt runs/dcgan/version_0/"
    assert command in fitted


def test_the_settings_that_were_saved_fit_again(run, home):
    settings = yaml.safe_load((run / "config.yaml").read_text())
    assert settings["model"]["init_args"]["width"] == 4
    printed = passed(tool("fit", "--config", run / "config.yaml", "--print_config", cwd=home))
    assert yaml.safe_load(printed)["data"] == settings["data"]


@pytest.fixture(scope="module")
def expanded(home, run):
    words = ["--ckpt", run, "--out", "expanded", "--sampling-strategy", "auto", "--with-real"]
    passed(tool("synthesize", *words, cwd=home))
    return home / "expanded"


def test_the_expanded_set_is_balanced_and_any_loader_reads_it(expanded, run):
    images = ImageFolder(str(expanded / "images"))
    assert images.classes == ["light blue", "red"]
    counts = torch.bincount(torch.tensor(images.targets)).tolist()
    assert counts[0] == counts[1]
    card = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["ganaug"]
    assert counts[1] == card["class_counts"]["red"]


def test_every_image_has_a_row_and_every_row_an_image(expanded):
    with (expanded / "metadata.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    files = {str(path.relative_to(expanded)) for path in (expanded / "images").rglob("*.png")}
    assert {row["file_name"] for row in rows} == files
    assert len(rows) == len(files)
    assert {row["origin"] for row in rows} == {"real", "synthetic"}


def test_real_images_beside_them_are_not_said_to_be_made(home, run, expanded):
    words = ["--ckpt", run, "--per-class", "5", "--with-real", "--dry-run", "--out", "planned"]
    assert "10 images to be made by generator\n" in passed(tool("synthesize", *words, cwd=home))
    made = sum(json.loads((expanded / "manifest.json").read_text())["counts"]["synthetic"].values())
    assert f"{made} images made by generator, and" in (expanded / "README.md").read_text()


def test_an_image_depends_on_seed_and_index_alone(home, run, expanded):
    words = ["--ckpt", run, "--per-class", "70", "--out", "more"]
    passed(tool("synthesize", *words, cwd=home))
    made = sorted(p for p in (expanded / "images").rglob("*.png") if not p.name.startswith("real_"))
    assert made
    for path in made:
        again = home / "more" / path.relative_to(expanded)
        assert again.read_bytes() == path.read_bytes()


def test_nothing_is_overwritten(home, run, expanded):
    result = tool("synthesize", "--ckpt", run, "--out", "expanded", "--per-class", "1", cwd=home)
    assert result.returncode == 2
    assert "expanded" in result.stderr
    assert len(result.stderr.splitlines()) <= 2


def test_evaluate_names_the_features_of_every_metric(home, expanded, photos):
    words = ["--synthetic", expanded / "images", "--real", photos]
    printed = passed(tool("evaluate", *words, cwd=home))
    assert "domain-labels FID" in printed
    metrics = json.loads((expanded / "metrics.json").read_text())
    assert metrics["metrics"]
    assert all(each["features"].startswith("domain") for each in metrics["metrics"])
    # Six test images: what that is too few for says so, and how many it takes.
    for each in metrics["metrics"]:
        assert each["value"] is not None or "needs at least" in each["reason"]
    assert list(metrics["agreement"]["read_as"]) == ["light blue", "red"]


def test_evaluate_goes_on_where_kept_files_are_damaged(home, expanded, photos):
    words = ["--synthetic", expanded / "images", "--real", photos]
    before = json.loads((expanded / "metrics.json").read_text())
    kept = list((home / "cache" / "features").glob("*.pt"))
    assert kept
    for file in kept:
        file.write_bytes(b"damaged")
    passed(result := tool("evaluate", *words, cwd=home))
    assert "is damaged and recomputed" in result.stderr
    assert json.loads((expanded / "metrics.json").read_text()) == before


def test_history_draws_every_checkpoint_of_the_run(home, run):
    words = ["--ckpt", run, "--out", "history.png", "--count", "3"]
    printed = passed(tool("explore", "history", *words, cwd=home))
    rows = [line.split() for line in printed.splitlines()]
    # Too few test images to tell anything but whether labels hold.
    checkpoints = {path.stem for path in (run / "checkpoints").glob("*.ckpt")}
    found = {row[0]: row for row in rows if row and row[0] in checkpoints}
    assert set(found) == checkpoints
    last = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    assert found["last"][1] == str(last["epoch"])
    assert found["last"][2:7] == ["-"] * 5
    with Image.open(home / "history.png") as picture:
        assert picture.height > 3 * 64


def best_kept(checkpoint):
    kept = checkpoint["callbacks"].items()
    return [state for name, state in kept if "domain_" in name and "best_model_score" in state]


def test_a_resumed_run_goes_on_in_its_folder(home, fitted, run):
    before = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    words = ["--trainer.max_epochs", "3", "--model.generator_lr", "1e-4"]
    # The folder spelled out: the best score so far must not be lost for that.
    printed = passed(tool("fit", "--resume", run, *words, cwd=home))
    assert "runs/dcgan/version_0/checkpoints" in printed
    after = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    assert (before["epoch"], after["epoch"]) == (2, 3)
    assert after["optimizer_states"][0]["param_groups"][0]["lr"] == 1e-4
    scores = [curve["best_model_score"] for curve in best_kept(before) + best_kept(after)]
    assert scores[1] <= scores[0]
    (kept,) = best_kept(after)
    figures = [point.value for point in read_points(run)[kept["monitor"]]]
    assert float(kept["best_model_score"]) == pytest.approx(min(figures))
    assert not (home / "runs" / "dcgan" / "version_1").exists()


def test_a_new_fit_starts_from_a_fitted_model(home, photos, run):
    data = ["--data", "image_folder", "--data.root", "photos", "--data.per_class", "12"]
    words = ["--model", "dcgan", *data, *TINY, "--trainer.max_epochs", "1", "--init-from", run]
    printed = passed(tool("fit", *words, "--freeze-discriminator-layers", "1", cwd=home))
    assert "weights of" in printed
    runs = sorted((home / "runs" / "dcgan").iterdir())
    # A run stands for its best checkpoint, which need not be its last.
    first, new = (
        torch.load(each / "checkpoints" / name, weights_only=True)["state_dict"]
        for each, name in ((run, "best.ckpt"), (runs[-1], "last.ckpt"))
    )
    held, free = (f"game.discriminator.trunk.layers.{number}.weight" for number in (0, 2))
    assert torch.equal(first[held], new[held])
    assert not torch.equal(first[free], new[free])


def test_layers_that_were_not_fitted_are_not_held(home, photos, run):
    data = ["--data", "image_folder", "--data.root", "photos", "--data.classes", "[red]"]
    words = [
        "--model",
        "dcgan",
        *data,
        *TINY,
        "--init-from",
        run,
        "--freeze-discriminator-layers",
        "1",
    ]
    result = tool("fit", *words, cwd=home)
    assert result.returncode == 2
    assert "would freeze trunk.layers.0, which is new here" in result.stderr


def test_images_that_no_feature_network_takes_are_fitted_without_fidelity(home, photos):
    small = ["--data", "image_folder", "--data.root", photos, "--data.image_size", "12"]
    words = [*small, "--data.batch_size", "6", "--trainer.limit_train_batches", "2"]
    result = tool("fit", "--model", "vae", *words, "--trainer.max_epochs", "1", cwd=home)
    passed(result)
    assert "fidelity and copies are not measured, and best.ckpt not written" in result.stderr
    assert "last.ckpt" in result.stdout


def test_two_devices_work_as_they_stand(home, photos):
    words = ["--model", "gan", "--data", "image_folder", "--data.root", "photos", *TINY[2:]]
    several = [
        "--trainer.accelerator",
        "cpu",
        "--trainer.devices",
        "2",
        "--trainer.max_epochs",
        "2",
    ]
    printed = passed(tool("fit", *words, *several, cwd=home))
    checkpoint = home / "runs" / "gan" / "version_0" / "checkpoints" / "last.ckpt"
    assert torch.load(checkpoint, weights_only=True)["epoch"] == 2
    assert printed.count("next:") == 1
    assert Path(home / "runs" / "gan" / "version_0" / "samples.webp").is_file()
