"""The study of the recipe for a scarce set: its learning rates and passes."""

import statistics
from itertools import product
from pathlib import Path

from benchmarks.study import Metrics, Workspace, curve
from ganaug.utils.errors import UsageError

# An epoch of the recipe is ten passes over its photographs.
SWEPT_RATES, SWEPT_EPOCHS = (0.01, 0.05, 0.25), (10, 50)


def sunflowers(rate: float, epochs: int) -> str:
    """Return the settings of the recipe for a scarce set with a learning rate and length."""
    return (
        "--config $recipes/sunflowers_mlp.yaml --data.root $photographs/train/sunflower "
        f"--trainer.max_epochs {epochs} "
        f"--model.generator_lr {rate} --model.discriminator_lr {rate}"
    )


def sweep(workspace: Workspace) -> Metrics:
    """Fit the recipe over rates and epochs, side by side for TensorBoard's HPARAMS tab."""
    metrics: Metrics = {}
    for number, (rate, epochs) in enumerate(product(SWEPT_RATES, SWEPT_EPOCHS)):
        if number:  # the first is the study's own fit
            fit_or_diverge(workspace, sunflowers(rate, epochs))
        run_metrics = swept(workspace.run.with_name(f"version_{number}"))
        metrics |= {
            f"rate {rate}, {10 * epochs} passes: {name}": run_metrics[name] for name in run_metrics
        }
    return metrics


def fit_or_diverge(workspace: Workspace, settings: str) -> None:
    """Fit, allowing for divergence, which is a valid result.

    Raises:
        UsageError: The fit failed for another reason than infinite losses.
    """
    try:
        workspace.fit(settings)
    except UsageError:
        if (
            "not finite in batch"
            not in (workspace.home / "fit.log").read_text(encoding="utf-8")[-2000:]
        ):
            raise


def swept(run: Path) -> Metrics:
    """Return the last values of a run's curves, and its last batch."""
    accuracies = curve(run, "discriminator/accuracy")
    return {
        "last batch drawn": accuracies[-1][0],
        "accuracy of D %": 100 * statistics.fmean(value for _, value in accuracies[-4:]),
        "diversity %": 100 * curve(run, "stability/diversity")[-1][1],
        "least KID": min(value for _, value in curve(run, "fidelity/domain_kid")),
        "last KID": curve(run, "fidelity/domain_kid")[-1][1],
    }
