"""utility: measure whether synthetic images help to train a classifier."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from datamodules.notes import notes_once
from ganaug.evaluation.utility.checks import check_size, checked_images, refuse_a_single_class
from ganaug.utils.choices import takes_choices
from ganaug.utils.folder_lock import only_writer
from ganaug.utils.output_folder import refuse_unwritable
from ganaug.utils.several import several_names
from ganaug.utils.user_paths import takes_paths

if TYPE_CHECKING:
    import torch

    from ganaug.evaluation.utility.result import Study
    from ganaug.synthesis.dataset import SyntheticDataset


@takes_paths("data", "out", "classifier_weights", "data_root")
@takes_choices
@notes_once()
def utility(
    dataset: "SyntheticDataset | str | Path",
    data: Any = None,
    *,
    out: str | Path | None = None,
    classifier: str | Sequence[str] = "auto",
    classifier_size: int | None = None,
    classifier_weights: str | Path | None = None,
    classifier_mode: Literal["frozen", "fine_tuned"] | None = None,
    augmentation: str | Sequence[str] = "light",
    seeds: int | None = None,
    steps: int | None = None,
    quick: bool = False,
    arms: str | Sequence[str] | None = None,
    data_root: str | Path | None = None,
    image_size: int | None = None,
    device: "str | torch.device" = "auto",
) -> "Study":
    """Train a classifier with and without synthetic images, and test whether they help.

    No classifier is trained on test images. Each arm of the study is trained with every seed, and
    arms are compared in pairs. If a set fills up single classes, further arms train on it as
    planned, and the effect on these classes is reported. The same call resumes a stopped study.

    Args:
        dataset: A set from synthesize, or images from any program: a folder of class folders, a
            folder with a table of files and labels, or that table.
        data: The real images: a data module, mnist, a folder, its settings (root, labels,
            label_column, ...) as a dictionary, or a run for the images it was fitted on. By
            default, the images that the set's model was fitted on, according to manifest.json.
        out: Folder for the results. In Python, nothing is written by default.
        classifier: One or several of auto, small, imagenet, a network from timm (timm:resnet18) or
            torchvision (resnet18), and module:function. auto is imagenet for color images if its
            package is installed, and otherwise small.
        classifier_size: Side in pixels of the classifiers' input images. By default, 192 for
            imagenet, the network's own size with classifier_weights, and otherwise the size of the
            synthetic images.
        classifier_weights: File with the weights of a network from timm or torchvision: a state
            dict of torch or safetensors. Without it, the network is trained from scratch.
        classifier_mode: How to train a pretrained network: frozen (the default) trains a linear
            head on it, and fine_tuned trains all of its weights.
        augmentation: Classical augmentation: none, light, mirror, elastic, strong, trivial, rand or
            a file. Each one adds arms.
        seeds: Trainings of each arm; 5 by default (quick: 3).
        steps: Batches of 64 in each training; 1000 by default (quick: as many as take about two
            minutes).
        quick: Take about two minutes, with fewer arms and shorter trainings, and say how rough the
            results are.
        arms: Names of arms, standard (the default) or all. all adds weighted synthetic images, soft
            labels, useful images, MixUp, CutMix and duplicates of real images.
        data_root: Where the real images are now, if they have moved.
        image_size: Side in pixels at which a set from another program is compared with a folder of
            real images. By default, the smaller of the two sizes, from 16 to 128.
        device: Where to train: auto, cpu, cuda, or one of several GPUs, such as cuda:1.

    Returns:
        The scores of each arm, and the verdict. With several classifiers, this is the study of the
        first one, and `others` has the studies of the other ones.

    Raises:
        UsageError: An argument is wrong, a class has no real images, test images are among the
            training images, or another process writes into `out`.

    Example:
        >>> study = utility("expanded", seeds=3, steps=20)
        >>> study.verdict in ("helps", "hurts", "no difference found")
        True
    """
    from ganaug.evaluation.real_data import real_data
    from ganaug.evaluation.utility.choosing import Wish, chosen_classifiers, folders_of
    from ganaug.evaluation.utility.forecast import QUICK_SEEDS, SEEDS
    from ganaug.evaluation.utility.material import Material
    from ganaug.evaluation.utility.one_classifier import Settings, study_of
    from ganaug.synthesis.dataset import SyntheticDataset
    from ganaug.utils.device import choose_device

    device_name = choose_device(device)
    seeds = seeds if seeds is not None else QUICK_SEEDS if quick else SEEDS
    check_size(steps, seeds)
    if out is not None:
        refuse_unwritable(out, "out")
    dataset = SyntheticDataset.open(dataset)
    data = real_data(dataset, data, data_root, image_size)
    refuse_a_single_class(data)
    dataset = dataset.like(data)
    images = checked_images(dataset, data)
    wish = Wish(classifier_size, classifier_weights, classifier_mode)
    classifiers = chosen_classifiers(classifier, images["real"].images, wish)
    settings = Settings(
        several_names(augmentation, "augmentation"),
        seeds,
        steps,
        quick,
        several_names(arms or (), "arms"),
        device_name,
    )
    material = Material(dataset, data, images)
    with _folder(out) as root:
        folders = folders_of(root, [classifier.name for classifier in classifiers])
        studies = {
            classifier.name: study_of(classifier, material, settings, folders[classifier.name])
            for classifier in classifiers
        }
    first_name, *other_names = studies
    study = replace(studies[first_name], others={name: studies[name] for name in other_names})
    if out:
        study = replace(study, file=root / "utility.json")
        study.to_json(root / "utility.json")
    return study


@contextmanager
def _folder(out: str | Path | None) -> Iterator[Path]:
    """Yield the folder of the results, or a temporary one, locked against other processes."""
    with ExitStack() as stack:
        root = Path(out) if out else Path(stack.enter_context(TemporaryDirectory())) / "study"
        stack.enter_context(only_writer(root))
        yield root
