"""diffusers pipelines: loaded without running their code, and called for one image at a time."""

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ganaug.synthesis.diffusion import DiffusionSettings
from ganaug.synthesis.lora import merge_lora
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

PACKAGES = ("diffusers", "transformers", "safetensors")
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
# Largest number of attempts at an image that the safety checker blanks.
DRAWS = 10


def load_pipeline(settings: DiffusionSettings) -> Any:
    """Load a pipeline and its LoRA weights, on the CPU.

    Weights are read only from safetensors, and code in the pipeline is not run.

    Args:
        settings: `pipeline`, `lora`, and `strength`, which makes it image-to-image.

    Raises:
        UsageError: A package is not installed, or the pipeline doesn't exist, can't be loaded or
            has another task.
    """
    if missing := [package for package in PACKAGES if find_spec(package) is None]:
        raise UsageError(
            f"the method diffusers needs {', '.join(missing)}; install with "
            "pip install 'ganaug[diffusers]'"
        )
    name = str(settings.pipeline)
    offline = _is_offline(name)
    from diffusers import AutoPipelineForImage2Image, AutoPipelineForText2Image

    kind: Any = AutoPipelineForText2Image
    if settings.strength is not None:
        kind = AutoPipelineForImage2Image
    options = {"use_safetensors": True, "trust_remote_code": False, "local_files_only": offline}
    try:
        with _silenced():
            pipeline = kind.from_pretrained(name, **options)
    except Exception as error:  # a damaged folder can raise anything
        raise UsageError(f"pipeline {name} can't be loaded: {_reason(error)}") from error
    pipeline.set_progress_bar_config(disable=True)
    if settings.lora is not None:
        merge_lora(pipeline, Path(settings.lora))
    return pipeline


def working_size(pipeline: Any, requested_side: int | None) -> int:
    """Return the side in pixels of a pipeline's images: as requested, or as in its training.

    Raises:
        UsageError: The pipeline can't draw images of this size, or doesn't name its own.
    """
    step = getattr(pipeline, "vae_scale_factor", 1)
    if requested_side is not None:
        if requested_side % step:
            raise UsageError(f"pipeline_size is {requested_side}; use a multiple of {step}")
        return requested_side
    network = getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)
    side = getattr(getattr(network, "config", None), "sample_size", None)
    side = getattr(pipeline, "default_sample_size", None) or side
    if not isinstance(side, int):
        raise UsageError(
            f"pipeline_size is missing; {type(pipeline).__name__} does not say how large its "
            "images are: give their side in pixels"
        )
    return side * step


def pipeline_facts(pipeline: Any, settings: DiffusionSettings) -> dict[str, Any]:
    """Return the facts about a pipeline for the manifest, without local paths."""
    name, lora = str(settings.pipeline), settings.lora
    return {
        "pipeline": Path(name).resolve().name if Path(name).is_dir() else name,
        "class": type(pipeline).__name__,
        "scheduler": type(pipeline.scheduler).__name__,
        "lora": None if lora is None else Path(lora).name,
        "versions": {package: metadata.version(package) for package in PACKAGES[:2]},
    }


class Call:
    """Calls a pipeline for one image.

    Args:
        pipeline: The pipeline.
        settings: Its settings.
        size: Side of its images in pixels.

    Raises:
        UsageError: The pipeline does not take a setting.
    """

    def __init__(self, pipeline: Any, settings: DiffusionSettings, size: int) -> None:
        self.pipeline = pipeline
        parameters = inspect.signature(pipeline.__call__).parameters
        options = {
            "prompt": ("prompt", ""),
            "strength": ("strength", settings.strength),
            "guidance_scale": ("guidance_scale", settings.guidance_scale),
            "steps": ("num_inference_steps", settings.steps),
        }
        for setting, (parameter, value) in options.items():
            if value is not None and parameter not in parameters:
                raise UsageError(
                    f"the pipeline {type(pipeline).__name__} does not take `{setting}`"
                )
        self.settings = {
            parameter: value for parameter, value in options.values() if value is not None
        }
        # Image-to-image takes the size from the image.
        self.settings |= {name: size for name in ("height", "width") if name in parameters}

    def draw(self, prompt: str, seed: int, start: "Image | None" = None) -> "Image":
        """Return an image; one that the pipeline's safety checker blanks is drawn again.

        Raises:
            UsageError: The pipeline refuses the settings, its values are not finite, or the safety
                checker blanks every image.
        """
        from PIL import Image

        generator = torch.Generator().manual_seed(seed)
        image = {} if start is None else {"image": start}
        for _ in range(DRAWS):
            settings = {**self.settings, "prompt": prompt, **image}
            try:
                output = self.pipeline(**settings, generator=generator, output_type="np")
            except ValueError as error:
                raise UsageError(f"the pipeline refuses the settings: {_reason(error)}") from error
            if any(getattr(output, "nsfw_content_detected", None) or ()):
                continue
            if not np.isfinite(output.images).all():
                raise UsageError(
                    f"the pipeline produced values that are not finite for {prompt!r}; use another "
                    "pipeline, or another scheduler in its folder"
                )
            return Image.fromarray((output.images[0] * 255).round().astype(np.uint8))
        raise UsageError(
            f"the pipeline's safety checker blanked all {DRAWS} images for {prompt!r}; use "
            "another prompt or a smaller strength"
        )


def _is_offline(name: str) -> bool:
    """Return whether to load a pipeline without the network.

    Raises:
        UsageError: It is a folder without a pipeline, or a name that is not on the hub.
    """
    if Path(name).exists():
        if not (Path(name) / "model_index.json").is_file():
            raise UsageError(
                f"pipeline {name} has no model_index.json, so it is not a pipeline; give a folder "
                "written by save_pretrained of diffusers"
            )
        return True
    if not HUB_NAME.fullmatch(name):
        raise UsageError(
            f"pipeline {name} is neither a folder nor a name on the Hugging Face Hub (owner/name)"
        )
    from huggingface_hub import model_info, try_to_load_from_cache
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        model_info(name, timeout=20)
    except GatedRepoError as error:
        raise UsageError(
            f"pipeline {name} is gated; accept its license on huggingface.co/{name}, and log in "
            "with hf auth login"
        ) from error
    except RepositoryNotFoundError as error:
        raise UsageError(
            f"pipeline {name} is neither a folder here nor on the Hugging Face Hub"
        ) from error
    except Exception as error:  # any network error; each library has its own types
        if isinstance(try_to_load_from_cache(name, "model_index.json"), str):
            return True
        raise UsageError(
            f"pipeline {name} is not a folder here, and the Hugging Face Hub can't be reached; "
            f"download it on a machine with network access (hf download {name} --local-dir DIR), "
            "and give the folder"
        ) from error
    return False


def _reason(error: Exception) -> str:
    """Return an error's message in one line, with advice if files aren't safetensors."""
    reason = shorten(str(error).strip().rstrip("."), 200, placeholder=" …")
    if "safetensors" in reason and "no file" in reason.lower():
        reason += (
            ". Other formats can contain code and are not read: save it again with save_pretrained "
            "of diffusers"
        )
    return reason or type(error).__name__


@contextmanager
def _silenced() -> Iterator[None]:
    """Silence the libraries' messages and progress bars."""
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    states = [
        (library, library.get_verbosity(), library.is_progress_bar_enabled())
        for library in (of_diffusers, of_transformers)
    ]
    for library, *_ in states:
        library.set_verbosity(library.CRITICAL)
        library.disable_progress_bar()
    try:
        yield
    finally:
        for library, verbosity, has_bar in states:
            library.set_verbosity(verbosity)
            if has_bar:
                library.enable_progress_bar()
