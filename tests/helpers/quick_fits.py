"""Fits that run for a few batches instead of a time budget."""

from ganaug.training import engine

TINY = {
    "width": 4,
    "max_epochs": 1,
    "limit_train_batches": 8,
    "save": {"every_batches": 2},
    "fidelity": {"every_epochs": 0},
    "stability": {"images": 20},
    "enable_progress_bar": False,
}
real_fit = engine.fit


def tiny_fit(model=None, *, budget=None, **settings):
    """Fit for a few batches and ignore the budget; a resumed run keeps its settings."""
    return real_fit(model, **{**TINY, **settings}) if model else real_fit(**settings)
