"""Making a plan from settings; contradictory or impossible settings are refused."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.synthesis.plan import Plan, read_plan
from ganaug.synthesis.strategy import images_by_class, parse_strategy
from ganaug.utils.errors import UsageError
from ganaug.utils.plugins import unknown_part

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context

# Default for each class: as many synthetic images as real ones.
FRACTION = 0.5


@dataclass(frozen=True)
class Amounts:
    """Number of images to make, given in at most one of these ways (see `synthesize`).

    Raises:
        UsageError: Two are given.
    """

    per_class: int | None = None
    multiply: float | None = None
    synthetic_fraction: float | None = None
    plan_file: str | Path | None = None
    sampling_strategy: str | float | Mapping[str, int] | None = None

    def __post_init__(self) -> None:
        if len(self.given) > 1:
            first, second, *_ = self.given
            raise UsageError(f"`{first}` is not allowed with `{second}`: both say how many images")

    @property
    def given(self) -> list[str]:
        """The names of the fields that are given."""
        return [name for name, value in vars(self).items() if value is not None]


def checked_plan(context: "Context", amounts: Amounts, method: str, *, with_real: bool) -> Plan:
    """Return the number of images of each class to make, by method, after checking all settings.

    Args:
        context: The model, the settings and the real images.
        amounts: The user's settings of the number of images.
        method: Method of the classes without one; `model` means the model's own method.
        with_real: Whether the real images are added.

    Raises:
        UsageError: The plan is impossible, or no method in it uses a given setting.
    """
    from ganaug.synthesis.filters.registry import check_features

    plan = plan_of(context, amounts, method)
    refuse_unread(
        plan.images,
        context.augmentation,
        context.truncation,
        context.strength,
        context.inversion_steps,
    )
    context.diffusion.check(plan.images)
    networks = (*context.card.trained_with, *context.imported_networks)
    check_features(context.filter_features, list(context.filters), networks)
    if not with_real:
        return plan
    return replace(plan, images={**plan.images, "real": context.counts})


def plan_of(context: "Context", amounts: Amounts, method: str) -> Plan:
    """Return the number of images of each class to make, by method.

    Args:
        context: The model, the settings and the real images.
        amounts: The user's settings of the number of images.
        method: Method of the classes without one; `model` means the model's own method.

    Raises:
        UsageError: The counts can't be read, or the model can't be used in this way.
    """
    from ganaug.protocols import Translator

    model_method = "translator" if isinstance(context.model, Translator) else "generator"
    default_method, counts = model_method if method == "model" else method, context.counts
    if amounts.plan_file is not None:
        images = read_plan(Path(amounts.plan_file), counts, default_method)
    elif default_method == "folder" and not amounts.given:
        images = {default_method: dict(context.foreign.counts)}
    else:
        if not amounts.given:
            amounts = Amounts(synthetic_fraction=usual_fraction(context.model, counts))
        sampling = "auto" if amounts.sampling_strategy is None else amounts.sampling_strategy
        by_class = images_by_class(
            counts,
            parse_strategy(sampling) if isinstance(sampling, str) else sampling,
            per_class=amounts.per_class,
            multiply=amounts.multiply,
            synthetic_fraction=amounts.synthetic_fraction,
        )
        images = {default_method: by_class}
    if not (
        context.has_real
        or any(count for class_counts in images.values() for count in class_counts.values())
    ):
        raise UsageError(
            "the plan holds no images, since the real images are not known; give per_class, or "
            "the real images as `data_root`"
        )
    refuse_unable(context.model, model_method, images, counts)
    return Plan(images, counts)


def usual_fraction(model: Any, counts: Mapping[str, int]) -> float:
    """Return the default fraction of synthetic images in every class.

    A deterministic translator can't make more images than there are source images, so all classes
    get the largest fraction possible.
    """
    from ganaug.protocols import Translator

    if not isinstance(model, Translator) or model.keeps_classes or model.latent_dim:
        return FRACTION
    total, sizes = sum(counts.values()), [count for count in counts.values() if count]
    factor = min([1.0, *((total - count) / count for count in sizes)])
    return factor / (1 + factor) if factor else FRACTION


def refuse_unable(
    model: Any,
    model_method: str,
    images: Mapping[str, Mapping[str, int]],
    counts: Mapping[str, int],
) -> None:
    """Refuse methods that can't be used with a model, before any images are read or made.

    Args:
        model: The model.
        model_method: The model's own method.
        images: By method, the images to make of each class.
        counts: Real images of each class.

    Raises:
        UsageError: There is one; the message names it and the usable methods.
    """
    from ganaug.synthesis.sources.registry import methods, source_class

    if "real" in images:
        raise UsageError("the plan names the method 'real'; add real images by with_real")
    for name, class_counts in images.items():
        if name not in (allowed := [model_method, *methods()[1:]]):
            raise UsageError(unknown_part("the plan's method", name, allowed))
        if model is None and getattr(source_class(name), "needs_model", False):
            raise UsageError(
                f"model is missing, and the method {name!r} needs one; give a checkpoint, or the "
                "method albumentations or diffusers"
            )
        if check := getattr(source_class(name), "check", None):
            check(model, class_counts, counts)


def refuse_unread(
    images: Mapping[str, Mapping[str, int]],
    augmentation: str,
    truncation: float | None,
    strength: float | None = None,
    inversion_steps: int | None = None,
) -> None:
    """Refuse settings that no method of the plan uses, or that are out of range.

    Raises:
        UsageError: There is one; the message names the methods that use it, or the allowed values.
    """
    from ganaug.synthesis.sources.registry import source_class
    from ganaug.synthesis.sources.variations import check_settings

    if augmentation != "light" and "albumentations" not in images:
        raise UsageError("augmentation is read by the method albumentations alone")
    if inversion_steps is not None and "variations" not in images:
        raise UsageError("inversion_steps is read by the method variations alone")
    if strength is not None and not {"variations", "diffusers"} & set(images):
        raise UsageError("strength is read by the methods variations and diffusers alone")
    check_settings(strength or 0, inversion_steps or 0)
    drawing = {name for name in images if getattr(source_class(name), "draws_latents", False)}
    if strength == 0:
        drawing.discard("variations")
    if truncation is not None and not drawing:
        raise UsageError(f"truncation is for drawn latents, and {', '.join(images)} draws none")
