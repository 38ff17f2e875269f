"""evaluate: measure a set of synthetic images against real ones, and write metrics.json."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from datamodules.notes import notes_once
from ganaug.evaluation.evaluator import ENOUGH, Evaluator
from ganaug.evaluation.result import Evaluation
from ganaug.utils.choices import takes_choices
from ganaug.utils.folder_lock import in_turn
from ganaug.utils.user_paths import takes_paths

if TYPE_CHECKING:
    import torch

    from ganaug.synthesis.dataset import SyntheticDataset


@takes_paths("data", "inception_weights", "data_root", "run", "out")
@takes_choices
@notes_once()
def evaluate(
    dataset: "SyntheticDataset | str | Path",
    data: Any = None,
    *,
    features: Literal["domain", "imagenet", "lite2", "inception"] | None = None,
    inception_weights: str | Path | None = None,
    n: int | None = None,
    seed: int = 0,
    quick: bool = False,
    device: "str | torch.device" = "auto",
    data_root: str | Path | None = None,
    run: Any = None,
    image_size: int | None = None,
    out: str | Path | None = None,
) -> Evaluation:
    """Measure how similar synthetic images are to real ones, and whether their labels are right.

    Every metric has a 95% interval and a real baseline: the same metric with real images in place
    of the synthetic ones. Results go to metrics.json in the set's folder, with a picture of the
    synthetic images closest to a training image. Evaluating the same set again overwrites both.

    Args:
        dataset: A set from synthesize, shards, or images from any program: a folder of class
            folders, a folder with a table of files and labels, or that table.
        data: The real images: a data module, mnist, a folder, its settings (root, labels,
            label_column, ...) as a dictionary, or a run for the images it was fitted on. By
            default, the images that the set's model was fitted on, according to manifest.json.
        features: Network to measure with: trained on your images (domain) or on ImageNet (imagenet,
            lite2), or Inception. By default, the one that the fit was measured with.
        inception_weights: File with the Inception weights; by default they are downloaded.
        n: Measure at most this many synthetic images, spread evenly over the classes.
        seed: Seed of the subsets and of the draws for the real baseline.
        quick: Take about two minutes, with 500 images and briefly trained networks. The results
            are rough, and say so.
        device: Where to compute: auto, cpu, cuda, or one of several GPUs, such as cuda:1.
        data_root: Where the images of the fit (or the full MNIST) are now, if they have moved.
        run: The run or checkpoint that generated the set. Also tests whether its discriminator can
            identify the training images.
        image_size: Side in pixels at which a set from another program is compared with a folder of
            real images. By default, the smaller of the two sizes, from 16 to 128.
        out: File for the results. By default, metrics.json in the set's folder (quick:
            metrics-quick.json; part of a set: metrics-part.json). Required for a set at an address.

    Returns:
        The results by the names of the metrics.

    Raises:
        UsageError: An argument is wrong, or the images don't fit together.

    Example:
        >>> result = evaluate("expanded")
        >>> low, high = result["kid"].interval
        >>> low < result["kid"].value < high
        True
    """
    from ganaug.evaluation.features.choosing import (
        check,
        feature_network,
        features_for,
        pretrained_network,
    )
    from ganaug.evaluation.files import check_metrics_file, facts_of
    from ganaug.evaluation.forecast import QUICK_IMAGES, QUICK_KNOWN, forecast
    from ganaug.evaluation.leaked import checks_of
    from ganaug.evaluation.membership.attacker import critic_of
    from ganaug.evaluation.real_data import real_data
    from ganaug.synthesis.dataset import SyntheticDataset
    from ganaug.utils.device import choose_device

    device_name = choose_device(device)
    check(features, inception_weights, seed)
    dataset = SyntheticDataset.open(dataset)
    chosen_features = features_for(dataset, features)
    subset = dataset.select(n=QUICK_IMAGES if n is None and quick else n, seed=seed)
    kind = "-quick" if quick else "-part" if subset.is_part else ""
    path = dataset.results_file(out, f"metrics{kind}.json")
    set_path = dataset.place_from(path)
    check_metrics_file(path, set_path)
    critic = critic_of(dataset, run, device_name)
    data = real_data(dataset, data, data_root, image_size)
    subset = subset.like(data)
    images, labels = subset.images, subset.labels
    limit, foreign = QUICK_KNOWN if quick else ENOUGH, dataset.made_elsewhere
    checks = [*dataset.checks, *checks_of(images, subset.files, data, limit, warn=foreign)]
    pretrained = pretrained_network(chosen_features, device_name, inception_weights)
    forecast(data, pretrained, len(labels), device_name, quick=quick)
    network = feature_network(data, device_name, pretrained, quick=quick)
    evaluator = Evaluator(data, network, device_name, labels, seed, quick=quick, critic=critic)
    # A quick evaluation always measures few images; it is partial only if the caller gave `n`.
    is_part = dataset.is_part or (n is not None and subset.is_part)
    facts = {
        **facts_of(data, network, seed),
        **_facts_of_set(dataset, quick=quick, is_part=is_part),
        "set": set_path,
        "checks": [check_result._asdict() for check_result in checks],
    }
    evaluation = evaluator.evaluate(images, labels, subset.files, facts)
    return _write(evaluation, path, subset, evaluator)


def _facts_of_set(dataset: "SyntheticDataset", *, quick: bool, is_part: bool) -> dict[str, Any]:
    """Return facts about the set that help to interpret its results."""
    from ganaug.evaluation.forecast import QUICK_NOTE

    networks = dataset.trained_with
    return {
        "short": dataset.short,
        **({"quick": QUICK_NOTE} if quick else {}),
        **({"part": True} if is_part else {}),
        **({"trained_with": networks} if networks else {}),
    }


def _write(
    evaluation: Evaluation, path: Path, subset: "SyntheticDataset", evaluator: Evaluator
) -> Evaluation:
    """Write the results; for a whole set, also add them to its README.md."""
    from ganaug.evaluation.files import write_results
    from ganaug.synthesis.writer.described import add_figures

    with in_turn(path.with_name(f".{path.name}.lock")):
        evaluation = write_results(path, evaluation, subset, evaluator.data, evaluator.known)
        if path == subset.results_folder / "metrics.json" and not subset.is_part:
            add_figures(path.parent)
    return evaluation
