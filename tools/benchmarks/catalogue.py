"""All studies by name, and those of the models: what each must show, how it is fitted for that."""

from collections.abc import Callable
from typing import Any

from benchmarks import metrics
from benchmarks.evaluation import EVALUATION_STUDIES
from benchmarks.fuzz import FUZZ_STUDIES
from benchmarks.memorization import COPIES_STUDIES
from benchmarks.scarce import SCARCE_STUDIES
from benchmarks.significance import VERDICT_STUDIES
from benchmarks.speed import SPEED_STUDIES
from benchmarks.step_profiles import PROFILE_STUDIES
from benchmarks.stopping import STOPPING_STUDIES
from benchmarks.study import Study, Workspace, needed
from benchmarks.sweep import sunflowers, sweep
from benchmarks.synthesis import SYNTHESIS_STUDIES
from ganaug.models.registry import CONFIGS


def on_digits(model: str, epochs: int, *words: Any) -> Callable[[Workspace], list[Any]]:
    """Fit a model on MNIST: so many epochs of the full set, the configuration's of the sample."""

    def give(workspace: Workspace) -> list[Any]:
        full = ["--data.root", workspace.mnist, "--trainer.max_epochs", epochs]
        own = [workspace.seed if word == "SEED" else word for word in words]
        return ["--model", model, *own, *(full if workspace.mnist else [])]

    return give


def on_flowers(*words: Any) -> Callable[[Workspace], list[Any]]:
    """Fit on the flowers."""

    def give(workspace: Workspace) -> list[Any]:
        folder = needed(workspace.flowers, "photographs: --flowers-root DIR, train and test")
        return [word.replace("FLOWERS", folder) for word in words]

    return give


FEW_LABELS = ("--data.labels_per_class", 10, "--data.batch_size", 200, "--data.subset_seed", "SEED")

# Epochs of the full MNIST, three times the sample: as long as it takes to show each model's figure.
STUDIES: dict[str, Study] = {
    "gan": Study(
        on_digits("gan", 20, "--config", CONFIGS / "recipes" / "gan_mnist.yaml"),
        metrics.digits_fidelity,
    ),
    "cgan": Study(on_digits("cgan", 24), metrics.labels_hold),
    "dcgan": Study(on_digits("dcgan", 13), metrics.nearest_neighbour),
    "acgan": Study(on_digits("acgan", 8), metrics.labels_hold),
    "wgan_gp": Study(on_digits("wgan_gp", 6), metrics.critic_follows),
    "r3gan": Study(on_digits("r3gan", 8), metrics.labels_hold),
    "lapgan": Study(
        on_flowers(
            *("--model", "lapgan", "--data", "image_folder", "--data.root", "FLOWERS"),
            *("--data.image_size", "64", "--trainer.max_epochs", "3"),
        ),
        metrics.finer_than_coarse,
    ),
    "sgan": Study(on_digits("sgan", 16, *FEW_LABELS), metrics.few_labels),
    "vae": Study(on_digits("vae", 16, "--model.conditional", "false"), metrics.bound),
    "cyclegan": Study(on_digits("cyclegan", 1), metrics.change_undone),
    "sunflowers_mlp": Study(on_flowers(*sunflowers(0.01, 10)), sweep),
    **SCARCE_STUDIES,
    **SPEED_STUDIES,
    **PROFILE_STUDIES,
    **STOPPING_STUDIES,
    **SYNTHESIS_STUDIES,
    **COPIES_STUDIES,
    **EVALUATION_STUDIES,
    **VERDICT_STUDIES,
    **FUZZ_STUDIES,
}
