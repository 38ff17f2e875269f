"""Measure synthetic images against real ones: `python tools/evaluate.py --synthetic …`."""

import argparse
import platform
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.cli.evaluate_inputs import (
    ENOUGH,
    read_all,
    real_data,
    wanting,
)
from ganaug.cli.evaluate_measuring import Made, Measuring
from ganaug.cli.parsing import device_of, parse_strictly
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.evaluation import FeatureNetwork, Pair

EXAMPLE = """\
example:
  python tools/evaluate.py --synthetic expanded
  python tools/evaluate.py --synthetic images --real photos
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; what takes seconds to import waits until it is right."""
    parser = argparse.ArgumentParser(
        description="Says how like real images synthetic ones are, and whether their labels hold.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--synthetic", type=Path, required=True, metavar="DIR", help="class folders, or shards")
    add("--real", metavar="mnist|DIR", help="mnist, or a folder of class folders; default: the "
        "images that the model was fitted on, as the set's manifest.json names them")  # fmt: skip
    add("--data-root", metavar="DIR", help="where the full MNIST, or the fit's images, are now")
    add("--features", choices=("domain", "imagenet", "inception"), default="domain",
        help="whose the features are; default: domain, a network of your images")  # fmt: skip
    add("--inception-weights", type=Path, metavar="FILE", help="else they are downloaded")
    add("--n", type=int, metavar="N", help="at most N synthetic images, evenly over the classes")
    add("--seed", type=int, default=0, help="of subsets and of the floor's draws (default: 0)")
    add("--out", type=Path, metavar="FILE", help="default: metrics.json beside the images' folder")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: auto")
    return parse_strictly(parser, arguments)


def main(arguments: list[str]) -> None:
    """Measure a folder of class folders, or what synthesize.py wrote, in files or in shards."""
    options = parse(arguments)
    check(options)
    from ganaug.synthesis.writer.webdataset import as_files, is_sharded

    if is_sharded(options.synthetic):
        options.out = options.out or options.synthetic / "metrics.json"
    with as_files(options.synthetic) as options.synthetic:
        measure(options)


def check(options: argparse.Namespace) -> None:
    """Refuse what can't be done, and options that nothing would read, before anything is loaded.

    Raises:
        UsageError: Names the option, and what would read it.
    """
    if not 0 <= options.seed < 2**63:
        raise UsageError(f"--seed is {options.seed}; it must be 0 or more, and below 2^63")
    if options.inception_weights is not None and options.features != "inception":
        raise UsageError(
            f"--inception-weights {options.inception_weights} is read by --features inception alone"
        )
    named = options.real is not None and options.real.lower() != "mnist"
    if named and options.data_root is not None:
        raise UsageError(
            f"--data-root {options.data_root} and --real {options.real} both say where the real "
            "images are; give one"
        )


def measure(options: argparse.Namespace) -> None:
    """Read both kinds of images, measure, print the table, write the file and the picture."""
    from ganaug import evaluation

    folder = evaluation.images_folder(options.synthetic)
    out = options.out or folder.resolve().parent / "metrics.json"
    evaluation.check_metrics_file(out)
    device = device_of(options.device)
    data = real_data(options, folder)
    listed = evaluation.list_synthetic(folder, data.class_names, options.n, options.seed)
    files = [str(one.path.relative_to(folder)) for one in listed]
    made = Made(*read_all(listed, data.image_size, data.channels), files)
    network = feature_network(options, data, device)
    found = Measuring(data, network, device, made.labels, options.seed).findings(made)
    print(f"\n{evaluation.table(found)}\n")
    if short := wanting(folder):
        print(f"{short}\n")
    facts = facts_of(options, data, network)
    picture = evaluation.picture_file(out)
    if found.closest:
        facts["pictures"] = {"closest": picture.name}
    # First the file, which tells later runs that the picture beside it is of this tool, too.
    evaluation.write_metrics(out, found, facts)
    print(f"metrics: {out}")
    picture.unlink(missing_ok=True)
    if found.closest:
        write_closest(picture, found.closest, made, data)
        print(f"closest pairs: {picture}")


def write_closest(path: Path, pairs: "Sequence[Pair]", made: Made, data: Any) -> None:
    """Draw the closest pairs of a synthetic and a training image, one above the other."""
    from ganaug.reporting.latent_space.pictures import Row, captioned, write_picture
    from ganaug.utils.pixels import to_float

    # Those without a label are trained on, too.
    train, _ = data.images("every", limit=ENOUGH)
    names = data.paths("every", limit=ENOUGH)
    above = to_float(made.images[[made.files.index(pair.synthetic) for pair in pairs]])
    below = to_float(train[[names.index(pair.training) for pair in pairs]])
    distances = ", ".join(f"{pair.distance:.2f}" for pair in pairs)
    rows = [
        Row("synthetic images closest to a training image", above),
        Row(f"that training image; distances {distances}", below),
    ]
    copies = sum(pair.copy for pair in pairs)
    title = f"{copies} of these {len(pairs)} count as copies (1: as far as the next five)"
    write_picture(captioned(title, rows), path)


def feature_network(options: argparse.Namespace, data: Any, device: str) -> "FeatureNetwork":
    """The network that the figures are measured with."""
    from ganaug.evaluation import InceptionFeatures
    from ganaug.evaluation.features.domain import network_named

    if options.features == "inception":
        return InceptionFeatures(options.inception_weights).to(device)
    return network_named(options.features, data, "evaluate", device)


def facts_of(
    options: argparse.Namespace,
    data: Any,
    network: "FeatureNetwork",
) -> dict[str, Any]:
    """What else a reader of the file needs to know."""
    import torch
    import torchmetrics

    report = network.report
    return {
        "command": shlex.join(["python", *sys.argv]),
        "real": data.describe(),
        "fingerprint": data.fingerprint,
        "seed": options.seed,
        "features": {"name": network.name, "training": vars(report) if report else None},
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchmetrics": torchmetrics.__version__,
        },
    }
