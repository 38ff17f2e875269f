"""The studies of time budgets: how precisely fits keep them, and the gain from more time."""

from benchmarks.study import TOOLS, Metrics, Workspace, run_python
from ganaug.training.run import Run

# Quality metrics; the first that a fit logs is used. Lower is better, except for accuracy.
QUALITY = ("validation/accuracy", "fidelity/domain_fid")


def kept_budget(model: str, workspace: Workspace) -> Metrics:
    """Fit a model with a time budget as a user does, and time the whole process.

    Args:
        model: Name of the model, fitted on the bundled MNIST sample.
        workspace: Workspace; its minutes are the budget.
    """
    arguments = (
        "--model",
        model,
        "--budget",
        workspace.budget,
        "--trainer.enable_progress_bar",
        "false",
    )
    program = (TOOLS / "fit.py", *arguments, "--seed_everything", workspace.seed)
    seconds = run_python(workspace.home, *program, log="fit.log").seconds
    curves = Run(workspace.run).curves
    quality = next(name for name in QUALITY if name in curves)
    prefix = f"{workspace.minutes:g}m"
    return {
        f"{prefix}: minutes": seconds / 60,
        f"{prefix}: % off": 100 * (seconds / 60 / workspace.minutes - 1),
        f"{prefix}: {quality}": curves[quality][-1].value,
    }
