"""LoRA weights merged into a pipeline: as training scripts write them, and what is refused."""

import math
import pickle
from pathlib import Path

import pytest
import torch

from ganaug.synthesis.lora import merge_lora
from ganaug.utils.errors import UsageError

pytest.importorskip("diffusers")
pytest.importorskip("transformers")
QUERY = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
CONVOLUTION = "down_blocks.1.resnets.0.conv1"
WORDS = "text_model.encoder.layers.0.self_attn.q_proj"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from helpers.tiny_pipeline import save_pipeline

    return save_pipeline(tmp_path_factory.mktemp("pipelines") / "tiny")


@pytest.fixture
def pipeline(folder):
    from diffusers import StableDiffusionPipeline

    return StableDiffusionPipeline.from_pretrained(str(folder))


def factors(weight, rank=2):
    torch.manual_seed(rank)
    out, *rest = weight.shape
    return torch.randn(rank, *rest), torch.randn(out, rank, *(1 for _ in rest[1:]))


def product(down, up):
    return torch.einsum("or,r...->o...", up.flatten(1), down)


def changes(pipeline, file):
    """By name, what merging adds to the weights that it changes."""
    parts = {"unet": pipeline.unet, "text_encoder": pipeline.text_encoder}
    before = {k: {n: w.clone() for n, w in v.state_dict().items()} for k, v in parts.items()}
    merge_lora(pipeline, file)
    after = {
        f"{k}.{n}": w - before[k][n] for k, v in parts.items() for n, w in v.state_dict().items()
    }
    return {name: change for name, change in after.items() if change.any()}


def written(folder, weights, **said):
    from safetensors.torch import save_file

    save_file(weights, folder / "lora.safetensors", metadata=said or None)
    return folder / "lora.safetensors"


@pytest.mark.parametrize(
    ("config", "scale"),
    [
        ({}, 1.0),
        ({"r": 2, "lora_alpha": 8}, 4.0),
        ({"r": 2, "lora_alpha": 8, "use_rslora": True}, 8 / math.sqrt(2)),
        ({"r": 2, "lora_alpha": 8, "alpha_pattern": {"attn1.to_q": 3}}, 1.5),
    ],
)
def test_what_the_training_scripts_of_diffusers_write(pipeline, tmp_path, config, scale):
    from diffusers.utils import convert_state_dict_to_diffusers

    query, convolution = (pipeline.unet.get_submodule(n).weight for n in (QUERY, CONVOLUTION))
    down, up = factors(query)
    thin, wide = factors(convolution)
    layers = {f"{QUERY}.lora_A.weight": down, f"{QUERY}.lora_B.weight": up}
    layers |= {f"{CONVOLUTION}.lora_A.weight": thin, f"{CONVOLUTION}.lora_B.weight": wide}
    pipeline.save_lora_weights(
        tmp_path,
        unet_lora_layers=convert_state_dict_to_diffusers(layers),
        unet_lora_adapter_metadata=config or None,
    )
    found = changes(pipeline, tmp_path / "pytorch_lora_weights.safetensors")
    assert found.keys() == {f"unet.{QUERY}.weight", f"unet.{CONVOLUTION}.weight"}
    other = 4.0 if "alpha_pattern" in config else scale
    torch.testing.assert_close(found[f"unet.{QUERY}.weight"], scale * product(down, up))
    torch.testing.assert_close(found[f"unet.{CONVOLUTION}.weight"], other * product(thin, wide))


def test_what_kohya_writes_for_both_networks(pipeline, tmp_path):
    own = WORDS.removeprefix("text_model.")
    query = pipeline.unet.get_submodule(QUERY).weight
    word = pipeline.text_encoder.get_submodule(own).weight
    (down, up), (thin, wide) = factors(query), factors(word, 3)
    names = [f"lora_unet_{QUERY.replace('.', '_')}", f"lora_te_{WORDS.replace('.', '_')}"]
    weights = {
        f"{names[0]}.lora_down.weight": down,
        f"{names[0]}.lora_up.weight": up,
        f"{names[0]}.alpha": torch.tensor(1.0),
        f"{names[1]}.lora_down.weight": thin,
        f"{names[1]}.lora_up.weight": wide,
        f"{names[1]}.alpha": torch.tensor(6.0),
    }
    found = changes(pipeline, written(tmp_path, weights))
    assert found.keys() == {f"unet.{QUERY}.weight", f"text_encoder.{own}.weight"}
    torch.testing.assert_close(found[f"unet.{QUERY}.weight"], 0.5 * product(down, up))
    torch.testing.assert_close(found[f"text_encoder.{own}.weight"], 2.0 * product(thin, wide))


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_is_refused_unread(pipeline, tmp_path):
    for name in ("lora.bin", "lora.safetensors"):
        (tmp_path / name).write_bytes(pickle.dumps(Evil(tmp_path / "ran")))
        with pytest.raises(
            UsageError, match=r"not a safetensors file; other formats can contain code"
        ):
            merge_lora(pipeline, tmp_path / name)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"unet.mid.lora_A.weight": (2, 8)}, "does not fit unet.mid of the pipeline; was it"),
        ({f"unet.{QUERY}.lora_A.weight": (2, 8)}, "does not fit"),
        (
            {f"unet.{QUERY}.lora_A.weight": (2, 9), f"unet.{QUERY}.lora_B.weight": (16, 2)},
            "does not fit",
        ),
        ({f"unet.{QUERY}.dora_scale": (1,)}, "is a DoRA"),
        ({"unet.conv_in.weight": (4, 4)}, "holds unet.conv_in.weight, which is not a weight of a"),
        ({"lora_unet_x.hada_w1_a": (4, 4)}, "has a format that StableDiffusionPipeline can't"),
        ({}, "holds no weights"),
    ],
)
def test_weights_that_do_not_fit_are_said_in_a_line(pipeline, tmp_path, names, message):
    file = written(tmp_path, {name: torch.zeros(shape) for name, shape in names.items()})
    with pytest.raises(UsageError, match=message) as error:
        merge_lora(pipeline, file)
    assert "\n" not in str(error.value)


def test_metadata_that_is_damaged(pipeline, tmp_path):
    weights = {f"unet.{QUERY}.lora_A.weight": torch.zeros(2, 16)}
    weights[f"unet.{QUERY}.lora_B.weight"] = torch.zeros(16, 2)
    wrong = {
        "{": "has a format that StableDiffusionPipeline can't read",
        "[1]": "has a format that StableDiffusionPipeline can't read",
        '{"unet.lora_alpha": "x"}': "has settings of unet that can't be read: could not convert",
        '{"unet.alpha_pattern": {"(": 1}}': "has settings of unet that can't be read: missing",
    }
    for said, message in wrong.items():
        with pytest.raises(UsageError, match=message):
            merge_lora(pipeline, written(tmp_path, weights, lora_adapter_metadata=said))


def test_a_folder_and_a_file_that_there_is_not(pipeline, tmp_path):
    for file in (tmp_path, tmp_path / "none.safetensors"):
        with pytest.raises(UsageError, match="is not a file; give a safetensors file"):
            merge_lora(pipeline, file)
