"""Whether fits keep to their time budgets, and what more time is good for."""

from benchmarks.study import TOOLS, Metrics, Workspace, run_python
from ganaug.training.run import Run

# What tells how good a model is, the first that its fit draws; lower is better but for accuracy.
QUALITY = ("validation/accuracy", "fidelity/domain_fid")


def kept(model: str, workspace: Workspace) -> Metrics:
    """Fit a model within the workspace's minutes as a user does; time the whole process.

    Args:
        model: Name of the model, fitted on the bundled MNIST sample.
        workspace: Workspace whose minutes are the budget.
    """
    words = (
        "--model",
        model,
        "--budget",
        workspace.budget,
        "--trainer.enable_progress_bar",
        "false",
    )
    program = (TOOLS / "fit.py", *words, "--seed_everything", workspace.seed)
    seconds = run_python(workspace.home, *program, log="fit.log").seconds
    curves = Run(workspace.run).curves
    quality = next(name for name in QUALITY if name in curves)
    here = f"{workspace.minutes:g}m"
    return {
        f"{here}: minutes": seconds / 60,
        f"{here}: % off": 100 * (seconds / 60 / workspace.minutes - 1),
        f"{here}: {quality}": curves[quality][-1].value,
    }
