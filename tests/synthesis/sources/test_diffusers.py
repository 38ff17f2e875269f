"""The method diffusers: what a pipeline draws by itself, from seeds and sources that rows name."""

import csv
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image

from ganaug.models.registry import ROOT
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.diffusion import DiffusionSettings
from ganaug.synthesis.pipelines import load_pipeline
from ganaug.synthesis.sources.diffusers import DiffusersSource
from ganaug.synthesis.synthesize import synthesize
from ganaug.training.checkpoints import CARD_KEY
from ganaug.utils.errors import UsageError
from helpers.expanded import contents
from helpers.tool_runs import passed, tool

pytest.importorskip("diffusers")
pytest.importorskip("transformers")
SIDE = 16  # of the pipeline's images


def square(image, side):
    """The middle of a picture, as Pillow alone makes it."""
    width, height = image.size
    edge = min(image.size)
    left, top = (width - edge) / 2, (height - edge) / 2
    box = (left, top, left + edge, top + edge)
    return image.resize((side, side), Image.Resampling.BICUBIC, box=box)


def by_hand(kind, pipeline, row, side, **settings):
    """The image of a row, by diffusers alone."""
    import diffusers

    drawing = getattr(diffusers, kind).from_pretrained(str(pipeline))
    drawing.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(int(row["seed"]))
    text = f"a photo of a {row['label']}"
    images = drawing(text, num_inference_steps=4, generator=generator, **settings).images
    return np.asarray(square(images[0], side))


def test_variations_are_those_of_diffusers_from_the_file_that_the_row_names(make, photos, pipeline):
    made = make(strength=0.75)
    for row in made.metadata:
        assert row["method"] == "diffusers"
        assert row["source"].startswith(f"{row['label']}/")
        start = square(Image.open(photos / row["source"]), SIDE)
        kind = "StableDiffusionImg2ImgPipeline"
        expected = by_hand(kind, pipeline, row, 8, image=start, strength=0.75)
        assert np.array_equal(np.asarray(Image.open(made.folder / row["file_name"])), expected)
    assert len({row["source"] for row in made.metadata}) == 4
    facts = made.manifest["sources"]["diffusers"]
    assert (facts["strength"], facts["pipeline"], facts["pipeline_size"]) == (0.75, "tiny", SIDE)


def test_images_from_a_text_alone_name_no_source(make, photos, pipeline):
    made = make(sources=None, data_root=str(photos), guidance_scale=3.0, pipeline_size=24)
    for row in made.metadata:
        assert row["source"] == ""
        size = {"height": 24, "width": 24, "guidance_scale": 3.0}
        expected = by_hand("StableDiffusionPipeline", pipeline, row, 8, **size)
        assert np.array_equal(np.asarray(Image.open(made.folder / row["file_name"])), expected)


def test_sources_mean_variations_of_half_strength_and_strength_asks_for_them(make, photos):
    assert make().manifest["sources"]["diffusers"]["strength"] == 0.5
    other = make("other", sources=None, data_root=str(photos), strength=0.5)
    assert [row["sha256"] for row in other.metadata] == [row["sha256"] for row in make().metadata]


def test_an_image_depends_on_seed_class_and_index_alone(make, tmp_path):
    (tmp_path / "plan.yaml").write_text("Sun Flower: 4\n")
    hashes = [{r["file_name"]: r["sha256"] for r in make().metadata}]
    more = make("more", per_class=None, plan_file=tmp_path / "plan.yaml")
    hashes.append({r["file_name"]: r["sha256"] for r in more.metadata})
    both = hashes[0].keys() & hashes[1].keys()
    assert len(both) == 2
    assert all(hashes[0][name] == hashes[1][name] for name in both)
    assert len(set(hashes[1].values())) == 4
    other = {r["file_name"]: r["sha256"] for r in make("other", seed=1).metadata}
    assert not set(other.values()) & set(hashes[0].values())


def test_a_run_that_is_stopped_goes_on_where_it_stopped(make, monkeypatch):
    whole, made = make(), []

    def counted(source, label, block, stop_at):
        if len(made) == stop_at:
            raise KeyboardInterrupt
        made.append((label, block))
        return draw(source, label, block)

    draw = DiffusersSource.make
    monkeypatch.setattr(DiffusersSource, "make", lambda *at: counted(*at, stop_at=3))
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        make("stopped")
    monkeypatch.setattr(DiffusersSource, "make", lambda *at: counted(*at, stop_at=None))
    resumed = make("stopped")
    # One image was in the hands of the writer at most.
    assert 4 <= len(made) <= 5
    assert contents(resumed.folder) == contents(whole.folder)
    assert resumed.verify().sound


def test_a_set_of_another_pipeline_is_not_gone_on_with(make, tmp_path):
    from helpers.tiny_pipeline import save_pipeline

    make()
    other = save_pipeline(tmp_path / "other/tiny", seed=1)
    with pytest.raises(UsageError, match="holds another run; what differs: sources"):
        make(pipeline=str(other))


def test_no_more_images_are_made_than_are_wanted(make, monkeypatch):
    made = []
    draw = DiffusersSource.make
    monkeypatch.setattr(DiffusersSource, "make", lambda *at: (made.append(at), draw(*at))[1])
    assert len(make(per_class=3)) == len(made) == 6


def test_the_set_is_held_against_the_images_that_none_was_made_of(make, photos):
    made = make(per_class=None, with_real=True)
    assert made.counts == {"Sun Flower": 7, "rose": 10}
    assert "checkpoint" not in made.manifest
    data = SyntheticDataset.open(made.folder).data()
    held_out = {*data.names("test"), *data.names("validation")}
    assert len(held_out) == 4
    assert not held_out & {row["source"] for row in made.metadata}


def test_gray_images_stay_gray(make, tmp_path):
    for i in range(12):
        file = tmp_path / "gray/a" / f"{i}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(i).integers(0, 256, (9, 9), np.uint8)
        Image.fromarray(pixels).save(file)
    made = make(sources=str(tmp_path / "gray"))
    assert made.images.shape == (2, 1, 8, 8)
    assert Image.open(made.folder / made.metadata[0]["file_name"]).mode == "L"


def test_images_of_a_fit_that_have_no_files_are_enlarged(make, tmp_path):
    from helpers.plain_checkpoints import plain_checkpoint

    content = plain_checkpoint()
    content[CARD_KEY] |= {"class_names": ["3", "8"], "class_counts": {"3": 5, "8": 5}}
    content[CARD_KEY]["init_args"] |= {"classes": [3, 8], "per_class": 5, "image_size": 8}
    torch.save(content, tmp_path / "a.ckpt")
    own = {"model": tmp_path / "a.ckpt", "sources": None, "image_size": None}
    made = make(**own, strength=0.5, per_class=1)
    assert made.card.class_names == made.class_names
    assert all(row["source"] for row in made.metadata)
    mixed = {"sampling_strategy": None, "per_class": None, "plan_file": tmp_path / "plan.yaml"}
    assert made.images.shape == (2, 1, 8, 8)
    (tmp_path / "plan.yaml").write_text("'3': {diffusers: 1, generator: 2}\n")
    made = make("mixed", **own, **mixed)
    assert sorted(row["method"] for row in made.metadata) == ["diffusers", "generator", "generator"]


def test_augmented_images_need_no_model_either(photos, tmp_path):
    own = {"sources": str(photos), "image_size": 8, "per_class": 3}
    made = synthesize(out=tmp_path / "set", method="albumentations", **own)
    with (made.folder / "metadata.csv").open() as file:
        assert {row["method"] for row in csv.DictReader(file)} == {"albumentations"}
    assert made.image_size == 8


@pytest.mark.slow
def test_a_killed_command_goes_on_to_the_same_set(pipeline, photos, tmp_path):
    words = ["--method", "diffusers", "--pipeline", pipeline, "--sources", photos, "--steps", "4"]
    words += ["--image-size", "8", "--per-class", "12", "--trainer.accelerator", "cpu", "--out"]
    command = [sys.executable, str(ROOT / "tools/synthesize.py"), *map(str, words), "killed"]
    with (tmp_path / "printed").open("w") as printed:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=printed, stderr=printed)
    deadline = time.monotonic() + 300
    while len([*tmp_path.glob("killed/images/*/*.png")]) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert not (tmp_path / "killed/manifest.json").exists()
    assert len([*tmp_path.glob("killed/images/*/*.png")]) >= 3
    for out in ("killed", "whole"):
        passed(tool("synthesize", *words, out, cwd=tmp_path))
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
    printed = passed(tool("synthesize", "--verify", "killed", cwd=tmp_path))
    assert "all 24 files are as they were written" in printed


@pytest.mark.parametrize("shown", [True, False])
def test_progress_bars_are_as_the_user_set_them(pipeline, shown):
    from diffusers.utils import logging

    (logging.enable_progress_bar if shown else logging.disable_progress_bar)()
    try:
        load_pipeline(DiffusionSettings(pipeline=str(pipeline)))
        assert logging.is_progress_bar_enabled() is shown
    finally:
        logging.enable_progress_bar()
