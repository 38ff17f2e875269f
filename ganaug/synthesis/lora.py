"""Merging LoRA weights (Hu et al. 2021), products of two low-rank matrices, into a pipeline."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganaug.utils.errors import UsageError

FACTOR = re.compile(r"(\w+)\.(.+)\.lora_([AB])\.weight")


@torch.no_grad()
def merge_lora(pipeline: Any, file: Path) -> None:
    """Add LoRA weights to a pipeline's weights, in place.

    Merged weights cost no time in generation, and need no package besides diffusers.

    Args:
        pipeline: The pipeline.
        file: A safetensors file from a training script of diffusers, PEFT or Kohya.

    Raises:
        UsageError: There is no such file, it isn't safetensors, or it doesn't fit the pipeline.
    """
    lora = _read(pipeline, file)
    layers: dict[tuple[str, str], dict[str, Tensor]] = {}
    for key, value in lora.weights.items():
        if (match := FACTOR.fullmatch(key)) is None:
            raise UsageError(f"lora {file} holds {key}, which is not a weight of a plain LoRA")
        part, layer, factor = match.groups()
        layers.setdefault((part, layer), {})[factor] = value.float()
    if not layers:
        raise UsageError(f"lora {file} holds no weights")
    for (part, layer), factors in layers.items():
        try:
            weight = _layer(getattr(pipeline, part), layer).weight
            change = (factors["B"].flatten(1) @ factors["A"].flatten(1)).view_as(weight)
        except (AttributeError, KeyError, RuntimeError) as error:
            raise UsageError(
                f"lora {file} does not fit {part}.{layer} of the pipeline; was it trained for "
                "another one?"
            ) from error
        try:
            scale = lora.scale(part, layer, len(factors["A"]))
        except (AttributeError, TypeError, ValueError, re.error) as error:
            raise UsageError(
                f"lora {file} has settings of {part} that can't be read: {error}"
            ) from error
        weight += scale * change


@dataclass(frozen=True)
class Lora:
    """The content of a file of LoRA weights.

    Attributes:
        weights: Factors A `[rank, in]` and B `[out, rank]` by their PEFT names.
        alphas: Alpha of each layer, in Kohya's files.
        config: PEFT settings by part of the pipeline, in files from diffusers' training scripts.
    """

    weights: Mapping[str, Tensor]
    alphas: Mapping[str, float]
    config: Mapping[str, Any]

    def scale(self, part: str, layer: str, rank: int) -> float:
        """Return the scale of a layer's product; 1 if the file has none."""
        patterns = self.config.get(f"{part}.alpha_pattern") or {}
        alpha = self.alphas.get(f"{part}.{layer}", self.config.get(f"{part}.lora_alpha", rank))
        for pattern, value in patterns.items():
            if re.fullmatch(rf"(.*\.)?({pattern})", layer):
                alpha = value
        stabilized = self.config.get(f"{part}.use_rslora", False)
        return float(alpha) / (math.sqrt(rank) if stabilized else rank)


def _read(pipeline: Any, file: Path) -> Lora:
    from safetensors import SafetensorError, safe_open

    if not file.is_file():
        raise UsageError(f"lora {file} is not a file; give a safetensors file of LoRA weights")
    try:
        with safe_open(file, framework="pt") as content:
            weights = {key: content.get_tensor(key) for key in content.keys()}  # noqa: SIM118 - no dict
            metadata = content.metadata() or {}
    except OSError as error:
        raise UsageError(f"lora {file}: {error.strerror or error}") from error
    except SafetensorError as error:
        raise UsageError(
            f"lora {file} is damaged or not a safetensors file; other formats can contain code and "
            "are refused: save it as safetensors"
        ) from error
    if dora := [key for key in weights if "dora_scale" in key or "magnitude_vector" in key]:
        raise UsageError(f"lora {file} is a DoRA ({dora[0]}), which is not supported")
    try:
        config = dict(json.loads(metadata.get("lora_adapter_metadata", "{}")))
        return Lora(*_in_peft_names(pipeline, weights), config)
    except Exception as error:  # for unknown names, diffusers raises errors of any type
        raise UsageError(
            f"lora {file} has a format that {type(pipeline).__name__} can't read"
        ) from error


def _in_peft_names(
    pipeline: Any, weights: dict[str, Tensor]
) -> tuple[dict[str, Tensor], dict[str, float]]:
    """Return the weights and alphas from any trainer under PEFT's names, converted by diffusers."""
    options = {"unet_config": pipeline.unet.config} if hasattr(pipeline, "unet") else {}
    converted = pipeline.lora_state_dict(weights, **options)
    weights, alphas = converted if isinstance(converted, tuple) else (converted, None)
    by_layer = {
        _renamed(key.removesuffix(".alpha")).split(".lora_")[0]: float(alpha)
        for key, alpha in (alphas or {}).items()
    }
    return {_renamed(key): value for key, value in weights.items()}, by_layer


def _renamed(key: str) -> str:
    from diffusers.utils import state_dict_utils as names

    mappings = [names.UNET_TO_DIFFUSERS]
    if key.startswith("text_encoder"):
        mappings = [names.DIFFUSERS_OLD_TO_PEFT, names.DIFFUSERS_TO_PEFT]
    for mapping in mappings:
        (key,) = names.convert_state_dict({key: None}, mapping)
    return key


def _layer(part: Any, name: str) -> Any:
    try:
        return part.get_submodule(name)
    except AttributeError:
        # Before transformers 5, CLIP's text encoder was nested one level deeper.
        return part.get_submodule(name.removeprefix("text_model."))
