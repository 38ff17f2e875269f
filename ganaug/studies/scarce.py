"""The studies of scarce sets: few images in all, and classes of a few images."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.cli.catalogue import CONFIGS
from ganaug.cli.evaluated import domain_network, read_all
from ganaug.studies.figures import digits, fitted
from ganaug.studies.study import Figures, Places, Study, needed, run_tool

if TYPE_CHECKING:
    from torch import Tensor

    from datamodules.image_folder import ImageFolderDataModule

LARGE, SMALL = 1000, 20
# Digits 0 to 4 are the large classes, 5 to 9 the small ones.
SMALL_CLASSES = range(5, 10)
COUNTS = {str(digit): SMALL if digit in SMALL_CLASSES else LARGE for digit in range(10)}
FLOWERS = ("daisy", "dandelion", "rose", "tulip")
SAMPLES = 1000


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


def flowers_of(places: Places) -> str:
    """Return the folder of photographs that the study needs."""
    return needed(places.flowers, "photographs: --flowers-root DIR, train and test")


def small_classes_hold(places: Places) -> Figures:
    """Measure the classes of 20 digits: agreement, recall of real test images, and copies.

    The judge and the feature network were trained on the full MNIST.
    """
    import torch

    from ganaug.evaluation.manifold import manifold
    from ganaug.evaluation.memorization import TrainingMemory
    from ganaug.evaluation.networks import read_features

    full = digits(places)
    network = domain_network(full, "evaluate", "cpu")
    test, test_labels = full.images("test")
    images, labels = expanded(places, places.run, SAMPLES // 2)
    small = labels >= SMALL_CLASSES.start
    said = read_features(domain_network(full, "judge", "cpu"), images)[1].argmax(1)
    recalls = []
    for digit in SMALL_CLASSES:
        pair = [test[test_labels == digit][: SAMPLES // 2], images[labels == digit]]
        recalls.append(manifold(*(read_features(network, each)[0] for each in pair)).recall)
    train, _ = trained_on(places).images("train")
    memory = TrainingMemory(network, train=train, held_out=test[::5])
    return {
        "agreement of small classes %": 100 * (said == labels)[small].double().mean().item(),
        "of large ones %": 100 * (said == labels)[~small].double().mean().item(),
        "recall of small classes": float(torch.tensor(recalls).mean()),
        "copies in small classes %": 100 * memory.judge(images[small]).copies,
    }


def sunflowers_like_real(places: Places) -> Figures:
    """Measure sunflowers: KID, precision and recall against test photographs, and copies."""
    return sunflower_figures(places, places.run)


def sunflower_figures(places: Places, run: Path) -> Figures:
    """Measure a run's sunflowers in features of a network of ImageNet, and of one of flowers.

    To a classifier of the five kinds of flower a sunflower's colours are nearly all there is.
    """
    import torch

    from ganaug.evaluation.imagenet import ImageNetFeatures
    from ganaug.evaluation.kid import kid
    from ganaug.evaluation.manifold import manifold
    from ganaug.evaluation.memorization import TrainingMemory
    from ganaug.evaluation.networks import read_features

    size = fitted(places, run)[1].image_size
    flowers = all_flowers(places, size)
    network = domain_network(flowers, "evaluate", "cpu")
    reference = sunflowers_of(flowers, "test")
    images, _ = expanded(places, run, SAMPLES)
    real, fake = (read_features(network, each)[0] for each in (reference, images))
    wide = ImageNetFeatures()
    real_things, fake_things = (read_features(wide, each)[0] for each in (reference, images))
    torch.manual_seed(0)
    overlap = manifold(real, fake)
    train, _ = trained_on(places, run).images("train")
    memory = TrainingMemory(network, train=train, held_out=unseen(flowers, train))
    return {
        "KID by ImageNet": kid(real_things, fake_things)[0],
        "KID by kinds": kid(real, fake)[0],
        "precision": overlap.precision,
        "recall": overlap.recall,
        "copies %": 100 * memory.judge(images).copies,
    }


def sunflowers_of(flowers: "ImageFolderDataModule", split: str) -> "Tensor":
    """The sunflowers of a split."""
    images, labels = flowers.images(split)
    return images[labels == flowers.class_names.index("sunflower")]


def unseen(flowers: "ImageFolderDataModule", train: "Tensor") -> "Tensor":
    """All sunflowers but those that were trained on.

    What the nearest in a hundred of the test photographs alone come to is one photograph's figure.
    """
    import torch

    seen = {image.numpy().tobytes() for image in train}
    known = torch.cat([sunflowers_of(flowers, split) for split in ("train", "validation", "test")])
    return torch.stack([image for image in known if image.numpy().tobytes() not in seen])


def fine_tuned(places: Places) -> Figures:
    """Fine-tune a model of all other flowers on 60 sunflowers, and fit one from scratch."""
    words = [*sunflower_words(places, "r3gan", 60, HALF_SIDE), *FEW_PHOTOGRAPHS]
    base = places.run
    places.fit(*words, "--init-from", base, *for_minutes(places, 0.25))
    places.fit(*words, *for_minutes(places))
    tuned, scratch = (sunflower_figures(places, base.with_name(f"version_{n}")) for n in (1, 2))
    return {
        "KID by ImageNet, fine-tuned in a quarter of the time": tuned["KID by ImageNet"],
        "KID by ImageNet, from scratch": scratch["KID by ImageNet"],
        "recall fine-tuned": tuned["recall"],
        "recall from scratch": scratch["recall"],
    }


def on_other_flowers(places: Places) -> list[Any]:
    """Fit on all flowers but sunflowers, as one kind, for twice as long."""
    folder = Path(flowers_of(places)) / "train"
    data = [*photographs(folder, HALF_SIDE), "--data.classes", list(FLOWERS)]
    one_kind = ["--model.conditional", "false"]
    return ["--model", "r3gan", *data, *one_kind, *FEW_PHOTOGRAPHS, *for_minutes(places, 2)]


def expanded(places: Places, run: Path, per_class: int) -> "tuple[Tensor, Tensor]":
    """Write out a run's images as a user does, and read them: uint8 images and labels."""
    from ganaug.evaluation import list_synthetic

    out = f"expanded_{run.name}"
    run_tool(places.home, "synthesize", "--ckpt", run, "--out", out, "--per-class", per_class)
    _, card = fitted(places, run)
    listed = list_synthetic(places.home / out / "images", card.class_names, None, 0)
    return read_all(listed, card.image_size, card.channels)


def trained_on(places: Places, run: Path | None = None) -> Any:
    """The data that a run was fitted on."""
    from ganaug.cli.fitted import data_of

    return data_of(fitted(places, run)[1], None)


def all_flowers(places: Places, size: int) -> "ImageFolderDataModule":
    """The five kinds of flower as they are."""
    from datamodules.image_folder import ImageFolderDataModule

    return ImageFolderDataModule(root=flowers_of(places), image_size=size)


# What the README recommends for a few photographs.
FEW_PHOTOGRAPHS = ("--config", CONFIGS / "recipes" / "few_photographs.yaml")
UNAUGMENTED = (*FEW_PHOTOGRAPHS, "--model.augment", "none")
ADAPTIVE = ("--model.augment", "adaptive")
# Twenty images of a digit, bent and turned, cover three times as much of the real ones.
BENT = ("--data.policy", "elastic")
EVENLY = ("--data.balance", 1)


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
    # What the policy and the adaptive augmentation do by themselves, and the game without any.
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
    **at_half_side("sunflowers", None),
    **at_half_side("sunflowers100", 100),
    "sunflowers60_from_others": Study(on_other_flowers, fine_tuned),
}
