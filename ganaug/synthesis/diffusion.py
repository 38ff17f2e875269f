"""Settings of the method `diffusers`: the pipeline, its prompt, and how it changes images."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ganaug.utils.errors import UsageError

METHOD = "diffusers"
PROMPT = "a photo of a {class}"
# Default of image-to-image, which changes the image but keeps its class.
STRENGTH = 0.5


@dataclass(frozen=True)
class DiffusionSettings:
    """Settings of the method `diffusers`; None for the pipeline's own default.

    Attributes:
        pipeline: Folder of a pipeline, or its name on the Hugging Face hub.
        prompt: Text, with `{class}` for the name of the class.
        strength: How much a real image is changed, above 0 and up to 1; None generates images from
            the text alone.
        lora: File of LoRA weights.
        guidance_scale: How closely images follow the text.
        steps: Denoising steps from pure noise; image-to-image runs the fraction `strength` of them.
        pipeline_size: Side in pixels of the images that the pipeline works on.

    Raises:
        UsageError: A value is out of range, or the prompt has another placeholder.

    Example:
        >>> DiffusionSettings(prompt="a {class} in a field").text("rose")
        'a rose in a field'
    """

    pipeline: str | None = None
    prompt: str | None = None
    strength: float | None = None
    lora: str | None = None
    guidance_scale: float | None = None
    steps: int | None = None
    pipeline_size: int | None = None

    def __post_init__(self) -> None:
        strength, guidance, steps = self.strength, self.guidance_scale, self.steps
        if strength is not None and not 0 < strength <= 1:
            raise UsageError(f"strength is {strength}; use a number above 0 and up to 1")
        if guidance is not None and not 0 <= guidance < math.inf:
            raise UsageError(f"guidance_scale is {guidance}; use 0 or more (7.5 is usual)")
        if steps is not None and steps < 1:
            raise UsageError(f"steps is {steps}; use 1 or more")
        if steps is not None and strength is not None and int(steps * strength) < 1:
            raise UsageError(
                f"steps is {steps}, too few for strength {strength}; use "
                f"{math.ceil(1 / strength)} or more"
            )
        if self.pipeline_size is not None and self.pipeline_size < 8:
            raise UsageError(f"pipeline_size is {self.pipeline_size}; use 8 or more")
        if self.prompt is not None and set("{}") & set(self.prompt.replace("{class}", "")):
            raise UsageError(
                f"prompt is {self.prompt!r}; {{class}} is the only placeholder allowed"
            )

    def text(self, class_name: str) -> str:
        """Return the prompt for a class."""
        return (PROMPT if self.prompt is None else self.prompt).replace("{class}", class_name)

    def check(self, images: Mapping[str, Mapping[str, int]]) -> None:
        """Check the settings against a plan.

        Args:
            images: By method, the images to make of each class.

        Raises:
            UsageError: No method uses them, the pipeline is missing, or several classes would get
                the same prompt.
        """
        set_names = [
            setting.name for setting in fields(self) if getattr(self, setting.name) is not None
        ]
        if METHOD not in images:
            if set_names:
                raise UsageError(f"`{set_names[0]}` is read by the method {METHOD} alone")
            return
        if not self.pipeline:
            raise UsageError(
                f"pipeline is missing; the method {METHOD} needs the folder of a pipeline of "
                "diffusers, or its name on the Hugging Face hub"
            )
        texts = [self.text(name) for name, count in images[METHOD].items() if count]
        if self.strength is None and len(set(texts)) < len(texts):
            raise UsageError(
                f"prompt is {self.prompt!r}, so all classes would get the same images; "
                "write {class} where the class name belongs"
            )

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine the images, except weights and paths."""
        return {
            "prompt": PROMPT if self.prompt is None else self.prompt,
            "strength": self.strength,
            "guidance_scale": self.guidance_scale,
            "steps": self.steps,
        }
