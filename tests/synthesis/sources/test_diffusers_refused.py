"""The method diffusers: pipelines that are refused, damaged, absent or blank an image."""

import json
import pickle
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ganaug.synthesis import pipelines
from ganaug.utils.errors import UsageError

pytest.importorskip("diffusers")
pytest.importorskip("transformers")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"strength": 0.0}, "strength is 0.0; use a number above 0 and up to 1"),
        ({"strength": 1.5}, "strength is 1.5"),
        ({"strength": float("nan")}, "strength is nan"),
        ({"steps": 0}, "steps is 0; use 1 or more"),
        ({"steps": 3, "strength": 0.3}, "steps is 3, too few for strength 0.3; use 4 or"),
        ({"guidance_scale": -1.0}, "guidance_scale is -1.0; use 0 or more"),
        ({"pipeline_size": 0}, "pipeline_size is 0; use 8 or more"),
        ({"pipeline_size": 17}, "pipeline_size is 17; use a multiple of 2"),
        ({"prompt": "a {klass}"}, r"prompt is 'a {klass}'; {class} is the only placeholder"),
        ({"pipeline": None}, "pipeline is missing; the method diffusers needs the folder"),
        ({"method": "albumentations"}, "`pipeline` is read by the method diffusers alone"),
        ({"sources": None}, "model is missing; give a checkpoint, or, for the methods"),
        ({"method": "model", "pipeline": None, "steps": None}, "the method 'generator' needs one"),
        ({"method": "smote", "pipeline": None, "steps": None}, "the method 'smote' needs one"),
        ({"truncation": 1.0}, "truncation is for drawn latents, and diffusers draws none"),
        ({"pipeline": "no-such-folder"}, "no-such-folder is neither a folder nor a name on the"),
        ({"lora": "no-such-file"}, "lora no-such-file is not a file; give a safetensors file"),
        ({"filters": ["realism=0.5"]}, "realism is for a model with a discriminator, and there"),
    ],
)
def test_what_can_not_be_is_said_in_a_line(make, tmp_path, settings, message):
    with pytest.raises(UsageError, match=message) as error:
        make(**settings)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "set").exists()


def test_classes_of_one_text_are_refused_but_their_variations_are_not(make, photos, tmp_path):
    text = {"prompt": "a flower", "sources": None, "data_root": str(photos)}
    with pytest.raises(UsageError, match="prompt is 'a flower', so all classes would"):
        make(**text)
    (tmp_path / "plan.yaml").write_text("rose: 1\n")
    assert len(make("one", **text, per_class=None, plan_file=tmp_path / "plan.yaml")) == 1
    assert len(make("varied", prompt="a flower")) == 4


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pipeline_of_pickles_is_refused_unread(make, tmp_path):
    from helpers.tiny_pipeline import save_pipeline

    folder = save_pipeline(tmp_path / "pickled")
    (weights,) = (folder / "unet").glob("*.safetensors")
    weights.unlink()
    (folder / "unet/diffusion_pytorch_model.bin").write_bytes(pickle.dumps(Evil(tmp_path / "ran")))
    with pytest.raises(
        UsageError, match=r"pickled can't be loaded: .*Other formats can contain code"
    ):
        make(pipeline=str(folder))
    assert not (tmp_path / "ran").exists()


def test_code_that_comes_with_a_pipeline_is_not_run(make, tmp_path):
    from helpers.tiny_pipeline import save_pipeline

    folder = save_pipeline(tmp_path / "own_code")
    index = json.loads((folder / "model_index.json").read_text())
    code = f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\n"
    (folder / "unet/mine.py").write_text(code)
    (folder / "mine.py").write_text(code)
    for change in ({"unet": ["mine", "Network"]}, {"_class_name": ["mine", "Pipeline"]}):
        (folder / "model_index.json").write_text(json.dumps(index | change))
        with pytest.raises(UsageError, match="own_code can't be loaded"):
            make(pipeline=str(folder))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("damage", ["{", "[]", '{"_class_name": "DDPMPipeline"}'])
def test_a_damaged_pipeline_and_one_that_reads_no_text(make, tmp_path, damage):
    (tmp_path / "broken").mkdir()
    with pytest.raises(
        UsageError, match=r"broken has no model_index\.json, so it is not a pipeline"
    ):
        make(pipeline=str(tmp_path / "broken"))
    (tmp_path / "broken/model_index.json").write_text(damage)
    with pytest.raises(UsageError, match="broken can't be loaded") as error:
        make(pipeline=str(tmp_path / "broken"))
    assert "\n" not in str(error.value)


def test_without_the_network_a_hub_name_says_what_to_do(make, monkeypatch):
    import huggingface_hub

    def fail(*_, **__):
        raise ConnectionError("no route")

    monkeypatch.setattr(huggingface_hub, "model_info", fail)
    with pytest.raises(UsageError, match="Hub can't be reached; download it on a"):
        make(pipeline="someone/something")


def test_without_the_packages_the_extra_is_named(make, monkeypatch):
    monkeypatch.setattr(pipelines, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'ganaug\[diffusers\]'"):
        make()


class Blanking:
    """A pipeline whose safety checker blanks the first images."""

    def __init__(self, blanked):
        self.left = blanked

    def __call__(self, prompt, generator, output_type):
        self.left -= 1
        value = torch.rand(1, generator=generator).item()
        images = np.full((1, 4, 4, 3), 0.0 if self.left >= 0 else value)
        return SimpleNamespace(images=images, nsfw_content_detected=[self.left >= 0])


def test_what_a_safety_checker_blanks_is_drawn_again():
    from ganaug.synthesis.diffusion import DiffusionSettings

    image = pipelines.Call(Blanking(2), DiffusionSettings(), 4).draw("a", 3)
    third = torch.rand(3, generator=torch.Generator().manual_seed(3))[2].item()
    assert np.array_equal(np.asarray(image), np.full((4, 4, 3), round(third * 255), np.uint8))
    with pytest.raises(UsageError, match="safety checker blanked all 10 images for 'a'"):
        pipelines.Call(Blanking(99), DiffusionSettings(), 4).draw("a", 3)
    with pytest.raises(UsageError, match="Blanking does not take `strength`"):
        pipelines.Call(Blanking(0), DiffusionSettings(strength=0.5), 4)
