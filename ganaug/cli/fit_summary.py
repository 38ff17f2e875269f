"""Summary of a fit: paths of its results, and the next command."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only

from ganaug.callbacks.best_checkpoint import BestCheckpoint
from ganaug.callbacks.memorization import samples_are_copies
from ganaug.protocols import Classifier, Translator
from ganaug.training.budget_keeper import BudgetKeeper
from ganaug.training.optimization import batch_number
from ganaug.training.run import display, quoted
from ganaug.training.trainers import callbacks_of, data_of, run_folder, tensorboard
from ganaug.utils.durations import in_words
from ganaug.utils.plugins import plugins_of


def print_summary(trainer: Trainer) -> None:
    """Print the paths of the run's checkpoint, curves and sample video, and the next command."""
    _print(trainer, run_folder(trainer))  # all ranks must ask for the folder; one prints


@rank_zero_only
def _print(trainer: Trainer, folder: Path) -> None:
    batch = data_of(trainer).hparams["batch_size"] * trainer.world_size
    images = (batch_number(trainer) + 1) * batch
    best, last = (folder / "checkpoints" / f"{name}.ckpt" for name in ("best", "last"))
    checkpoint = best if best.is_file() else last
    print(f"\ndone: {_length(trainer)}, {images:,} images seen{_budget(trainer)}")
    print(f"  run         {display(folder)}")
    print(f"  checkpoint  {display(checkpoint)}{_score(trainer)}")
    if best.is_file():
        print(f"  last one    {display(last)}")
    elif samples_are_copies(trainer):
        print("  there is no best.ckpt: too many samples were copies")
    for video in sorted(folder.glob("samples.*")):
        print(f"  video       {display(video)}")
    for name, value in trainer.callback_metrics.items():
        if name.startswith("test/"):
            print(f"  {name}  {float(value):.4g}")
    if tensorboard(trainer):
        print(f"  curves      tensorboard --logdir {quoted(folder.parent.parent)}")
    print(next_step(trainer.lightning_module, data_of(trainer).card(), quoted(checkpoint)))


def next_step(model: LightningModule, card: Mapping[str, Any], checkpoint: str) -> str:
    """Return a sentence on how to use the model, and the command for it.

    Args:
        model: The fitted model.
        card: Card of its data.
        checkpoint: Path of its checkpoint, quoted for the shell.
    """
    counts: Mapping[str, int] = card["class_counts"]
    if isinstance(model, Classifier):
        purpose, command = "name the class of images", "label.py --images DIR --out labels.csv"
    elif isinstance(model, Translator) and model.keeps_classes:
        purpose, command = "make other images of each class", "synthesize.py --out expanded"
    elif isinstance(model, Translator) and len(set(counts.values())) > 1:
        purpose = "fill up the smaller class"
        command = "synthesize.py --out expanded --sampling-strategy auto"
    elif isinstance(model, Translator):
        purpose = "turn images of each class into the other"
        command = f"synthesize.py --out expanded --per-class {min(500, *counts.values())}"
    elif len(counts) > 1 and not getattr(model, "num_classes", 0):
        # Its images have no labels, so they can't form a training set.
        purpose, command = "look at what it draws", "explore.py samples --out samples.png"
    else:
        purpose = "write out a synthetic data set"
        # With unequal classes, the same number would be a different fraction of each class.
        amount = " --per-class 500" if len(set(counts.values())) == 1 else ""
        command = f"synthesize.py --out expanded{amount}"
    plugins = plugins_of([type(model).__module__, str(card["class_path"]).rpartition(".")[0]])
    plugin = f" --plugins {plugins}" if plugins else ""
    return f"next: {purpose} with\n  python tools/{command} --ckpt {checkpoint}{plugin}"


def _budget(trainer: Trainer) -> str:
    """Return the time used of a budget, and the number of images planned if it differs."""
    for keeper in callbacks_of(trainer, BudgetKeeper):
        is_unchanged = keeper.batches == keeper.plan.batches
        planned = "" if is_unchanged else f" ({keeper.plan.images:,} planned)"
        return f"{planned} in {in_words(keeper.elapsed())} (budget {in_words(keeper.plan.seconds)})"
    return ""


def _length(trainer: Trainer) -> str:
    """Return the number of trained epochs as text, or the percentage of the first."""
    # Lightning drops the data loader if a test followed, and doesn't declare its type.
    data: Any = data_of(trainer)
    loader = trainer.train_dataloader or data.train_dataloader()
    batches, epoch_batches = batch_number(trainer) + 1, len(loader)
    if batches < epoch_batches:
        return f"{100 * batches / epoch_batches:.2g}% of an epoch"
    epochs = f"{batches / epoch_batches:.1f}".removesuffix(".0")
    return "1 epoch" if epochs == "1" else f"{epochs} epochs"


def _score(trainer: Trainer) -> str:
    for callback in trainer.checkpoint_callbacks:
        if isinstance(callback, BestCheckpoint) and callback.best_model_score is not None:
            return f"  (best {callback.monitor}: {float(callback.best_model_score):.3g})"
    return ""
