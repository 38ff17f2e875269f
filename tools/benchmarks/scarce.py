"""The studies of scarce sets: few images in all, and classes of a few images."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.scarce_figures import (
    SMALL_CLASSES,
    flowers_of,
    small_classes_hold,
    sunflower_figures,
    sunflowers_like_real,
)
from benchmarks.study import Figures, Places, Study, needed
from ganaug.models.registry import CONFIGS

LARGE, SMALL = 1000, 20
COUNTS = {str(digit): SMALL if digit in SMALL_CLASSES else LARGE for digit in range(10)}
FLOWERS = ("daisy", "dandelion", "rose", "tulip")


def for_minutes(places: Places, share: float = 1.0) -> list[Any]:
    """End a fit by the clock: equal time for all, monitoring included."""
    seconds = round(60 * places.minutes * share)
    clock = f"{seconds // 86400:02}:{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}"
    return ["--trainer.max_epochs", 100_000, "--trainer.max_time", f"{clock}:{seconds % 60:02}"]


def on_few_digits(model: str, *words: Any) -> Callable[[Places], list[Any]]:
    """Fit on five classes of 1,000 digits and five of 20."""

    def give(places: Places) -> list[Any]:
        data = ["--data.root", needed(places.mnist, "the full MNIST: --mnist-root DIR")]
        counts = str(COUNTS).replace("'", '"')
        return ["--model", model, *data, "--data.per_class", counts, *words, *for_minutes(places)]

    return give


def on_sunflowers(
    model: str, *words: Any, images: int | None = None, size: int = 64
) -> Callable[[Places], list[Any]]:
    """Fit on sunflower photographs alone, all of them or so many, of that side in pixels."""

    def give(places: Places) -> list[Any]:
        given = sunflower_words(places, model, images, size)
        return [*given, *words, *for_minutes(places)]

    return give


def sunflower_words(places: Places, model: str, images: int | None, size: int) -> list[Any]:
    """Name the model and the photographs."""
    folder = Path(flowers_of(places)) / "train" / "sunflower"
    few = ["--data.per_class", images] if images else []
    return ["--model", model, *photographs(folder, size), *few]


def photographs(folder: Path, size: int) -> list[Any]:
    """Name a folder of colour photographs and the side they are brought to."""
    shape = ["--data.image_size", size, "--data.channels", 3]
    return ["--data", "image_folder", "--data.root", folder, *shape]


# At half the side four times as many images are seen in a time, and what augmentation and a start
# from a fitted model are worth shows in minutes.
HALF_SIDE = 32
# The recipe for a scarce set, in colour and on all photographs.
RECIPE = ("--config", CONFIGS / "recipes" / "sunflowers_mlp.yaml", "--data.per_class", "null")


def fine_tuned(places: Places) -> Figures:
    """Fine-tune a model of all other flowers on 60 sunflowers, and fit one from scratch."""
    words = [*sunflower_words(places, "r3gan", 60, HALF_SIDE), *FEW_PHOTOGRAPHS]
    base = places.run
    places.fit(*words, "--init-from", base, *GENTLY, *for_minutes(places, 0.25))
    places.fit(*words, *for_minutes(places))
    tuned, scratch = (sunflower_figures(places, base.with_name(f"version_{n}")) for n in (1, 2))
    return {
        "KID by ImageNet, fine-tuned in a quarter of the time": tuned["KID by ImageNet"],
        "KID by ImageNet, from scratch": scratch["KID by ImageNet"],
        "recall fine-tuned": tuned["recall"],
        "recall from scratch": scratch["recall"],
    }


def on_other_flowers(places: Places) -> list[Any]:
    """Fit on all flowers but sunflowers, as one kind, for four times as long."""
    folder = Path(flowers_of(places)) / "train"
    data = [*photographs(folder, HALF_SIDE), "--data.classes", list(FLOWERS)]
    one_kind = ["--model.conditional", "false"]
    return ["--model", "r3gan", *data, *one_kind, *FEW_PHOTOGRAPHS, *for_minutes(places, 4)]


# What the README recommends for a few photographs.
FEW_PHOTOGRAPHS = ("--config", CONFIGS / "recipes" / "few_photographs.yaml")
# Lower rates than from scratch; chosen by photographs that are neither trained on nor tested with.
GENTLY = ("--model.generator_lr", 2e-4, "--model.discriminator_lr", 2e-4)
UNAUGMENTED = (*FEW_PHOTOGRAPHS, "--model.discriminator_augmentation", "none")
ADAPTIVE = ("--model.discriminator_augmentation", "adaptive")
# Twenty images of a digit, bent and turned, cover three times as much of the real ones.
BENT = ("--data.augmentation", "elastic")
EVENLY = ("--data.balance", 1)
# A flower's mirror image could as well have been taken.
MIRRORED = (*FEW_PHOTOGRAPHS, "--data.augmentation", "mirror")


def at_half_side(name: str, images: int | None) -> dict[str, Study]:
    """With adaptive augmentation and without, on all sunflower photographs or so many."""
    return {
        f"{name}_32_{which}": Study(
            on_sunflowers("r3gan", *words, images=images, size=HALF_SIDE), sunflowers_like_real
        )
        for which, words in (("adaptive", FEW_PHOTOGRAPHS), ("plain", UNAUGMENTED))
    }


SCARCE_STUDIES = {
    "digits20_r3gan": Study(on_few_digits("r3gan", *EVENLY, *ADAPTIVE, *BENT), small_classes_hold),
    "dagan": Study(on_few_digits("dagan", *EVENLY, *ADAPTIVE, *BENT), small_classes_hold),
    # The augmentation alone, the adaptive augmentation alone, and the game without any.
    "digits20_r3gan_bent": Study(on_few_digits("r3gan", *EVENLY, *BENT), small_classes_hold),
    "digits20_r3gan_unbent": Study(on_few_digits("r3gan", *EVENLY, *ADAPTIVE), small_classes_hold),
    "digits20_r3gan_plain": Study(on_few_digits("r3gan", *EVENLY), small_classes_hold),
    "digits20_dagan_unbent": Study(on_few_digits("dagan", *EVENLY, *ADAPTIVE), small_classes_hold),
    "digits20_dagan_plain": Study(on_few_digits("dagan", *EVENLY), small_classes_hold),
    "sunflowers_recipe": Study(on_sunflowers("gan", *RECIPE), sunflowers_like_real),
    "sunflowers_dcgan": Study(on_sunflowers("dcgan"), sunflowers_like_real),
    "sunflowers_r3gan": Study(on_sunflowers("r3gan", *FEW_PHOTOGRAPHS), sunflowers_like_real),
    "sunflowers100_r3gan": Study(
        on_sunflowers("r3gan", *FEW_PHOTOGRAPHS, images=100), sunflowers_like_real
    ),
    "sunflowers100_r3gan_mirrored": Study(
        on_sunflowers("r3gan", *MIRRORED, images=100), sunflowers_like_real
    ),
    **at_half_side("sunflowers", None),
    **at_half_side("sunflowers100", 100),
    "sunflowers60_from_others": Study(on_other_flowers, fine_tuned),
}
