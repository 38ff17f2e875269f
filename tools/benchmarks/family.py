"""All studies by name, and those of the models: what each must show, how it is fitted for that."""

from collections.abc import Callable
from typing import Any

from benchmarks import figures
from benchmarks.copies_found import COPIES_STUDIES
from benchmarks.evaluation import EVALUATION_STUDIES
from benchmarks.fuzz import FUZZ_STUDIES
from benchmarks.scarce import SCARCE_STUDIES
from benchmarks.speed import SPEED_STUDIES
from benchmarks.step_profiles import PROFILE_STUDIES
from benchmarks.stopping import STOPPING_STUDIES
from benchmarks.study import Places, Study, needed
from benchmarks.sweep import sunflowers, sweep
from benchmarks.synthesis import SYNTHESIS_STUDIES
from benchmarks.verdict import VERDICT_STUDIES
from ganaug.models.registry import CONFIGS


def on_digits(model: str, epochs: int, *words: Any) -> Callable[[Places], list[Any]]:
    """Fit a model on MNIST: so many epochs of the full set, the configuration's of the sample."""

    def give(places: Places) -> list[Any]:
        full = ["--data.root", places.mnist, "--trainer.max_epochs", epochs]
        own = [places.seed if word == "SEED" else word for word in words]
        return ["--model", model, *own, *(full if places.mnist else [])]

    return give


def on_flowers(*words: Any) -> Callable[[Places], list[Any]]:
    """Fit on the flowers."""

    def give(places: Places) -> list[Any]:
        folder = needed(places.flowers, "photographs: --flowers-root DIR, train and test")
        return [word.replace("FLOWERS", folder) for word in words]

    return give


FEW_LABELS = ("--data.labels_per_class", 10, "--data.batch_size", 200, "--data.subset_seed", "SEED")

# Epochs of the full MNIST, three times the sample: as long as it takes to show each model's figure.
STUDIES: dict[str, Study] = {
    "gan": Study(
        on_digits("gan", 20, "--config", CONFIGS / "recipes" / "gan_mnist.yaml"),
        figures.digits_fidelity,
    ),
    "cgan": Study(on_digits("cgan", 24), figures.labels_hold),
    "dcgan": Study(on_digits("dcgan", 13), figures.nearest_neighbour),
    "acgan": Study(on_digits("acgan", 8), figures.labels_hold),
    "wgan_gp": Study(on_digits("wgan_gp", 6), figures.critic_follows),
    "r3gan": Study(on_digits("r3gan", 8), figures.labels_hold),
    "lapgan": Study(
        on_flowers(
            *("--model", "lapgan", "--data", "image_folder", "--data.root", "FLOWERS"),
            *("--data.image_size", "64", "--trainer.max_epochs", "3"),
        ),
        figures.finer_than_coarse,
    ),
    "sgan": Study(on_digits("sgan", 16, *FEW_LABELS), figures.few_labels),
    "vae": Study(on_digits("vae", 16, "--model.conditional", "false"), figures.bound),
    "cyclegan": Study(on_digits("cyclegan", 1), figures.change_undone),
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
