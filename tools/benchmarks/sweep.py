"""The study of the recipe for a scarce set: its learning rates and passes."""

import statistics
from itertools import product
from pathlib import Path

from benchmarks.study import Figures, Places, curve
from ganaug.models.registry import CONFIGS
from ganaug.utils.errors import UsageError

# An epoch of the recipe is ten passes through its photographs.
SWEPT_RATES, SWEPT_EPOCHS = (0.01, 0.05, 0.25), (10, 50)


def sunflowers(rate: float, epochs: int) -> list[str]:
    """Fit the recipe for a scarce set with these settings."""
    return [
        *("--config", str(CONFIGS / "recipes" / "sunflowers_mlp.yaml")),
        *("--data.root", "FLOWERS/train/sunflower", "--trainer.max_epochs", str(epochs)),
        *("--model.generator_lr", str(rate), "--model.discriminator_lr", str(rate)),
    ]


def sweep(places: Places) -> Figures:
    """Fit the recipe over rates and epochs, side by side for TensorBoard's HPARAMS tab."""
    figures: Figures = {}
    for number, (rate, epochs) in enumerate(product(SWEPT_RATES, SWEPT_EPOCHS)):
        if number:  # the first was fitted by the study's own words
            words = (
                word.replace("FLOWERS", str(places.flowers)) for word in sunflowers(rate, epochs)
            )
            fit_or_diverge(places, *words)
        run = places.run.with_name(f"version_{number}")
        own = swept(run)
        figures |= {f"rate {rate}, {10 * epochs} passes: {name}": own[name] for name in own}
    return figures


def fit_or_diverge(places: Places, *words: str) -> None:
    """Fit; that the losses become infinite is a finding, and all else is not.

    Raises:
        UsageError: The fit failed for another reason.
    """
    try:
        places.fit(*words)
    except UsageError:
        if "not finite in batch" not in (places.home / "fit.log").read_text()[-2000:]:
            raise


def swept(run: Path) -> Figures:
    """Read what the curves of a run end with, and how far it came."""
    accuracies = curve(run, "discriminator/accuracy")
    return {
        "last batch drawn": accuracies[-1][0],
        "accuracy of D %": 100 * statistics.fmean(value for _, value in accuracies[-4:]),
        "diversity %": 100 * curve(run, "stability/diversity")[-1][1],
        "least KID": min(value for _, value in curve(run, "fidelity/domain_kid")),
        "last KID": curve(run, "fidelity/domain_kid")[-1][1],
    }
