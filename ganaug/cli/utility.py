"""Learn whether synthetic images help: `python tools/utility.py --synthetic … --out …`."""

import argparse
import hashlib
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.cli.manifests import data_behind, manifest_of
from ganaug.cli.parsing import parse_strictly
from ganaug.cli.utility_results import sentence, table, write
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from ganaug.evaluation.utility.study import Arm
    from ganaug.protocols import Augmentation

CLASSIFIER_HELP = "small, one of torchvision's (resnet18), or module:function (default: small)"
LEAKS_NAMED = 3
REMEDIES = {
    "training": "keep one of each two, and fit and synthesize again",
    "synthetic": "leave them out of the set",
}
EXAMPLE = """\
example:
  python tools/synthesize.py --ckpt runs/r3gan/version_0 --out expanded --per-class 1000
  python tools/utility.py --synthetic expanded --out utility
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; what takes seconds to import waits until it is right."""
    parser = argparse.ArgumentParser(
        description="Trains a classifier with and without synthetic images and says whether they "
        "help. Stopped anywhere, the same command goes on.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--synthetic", type=Path, required=True, metavar="DIR", help="what synthesize.py wrote")
    add("--out", type=Path, required=True, metavar="DIR", help="for the results, trained once each")
    add("--data-root", metavar="DIR", help="where the real images are now, if they have moved")
    add("--classifier", default="small", metavar="NAME", help=CLASSIFIER_HELP)
    add(
        "--augmentation",
        default="light",
        help="classical augmentation: none, light, mirror, elastic, strong or a file",
    )
    add("--seeds", type=int, default=5, metavar="N", help="trainings of each arm (default: 5)")
    add("--steps", type=int, default=1000, metavar="N", help="batches of 64 in each (default 1000)")
    add("--arms", nargs="+", metavar="ARM", help="some arms only (default: all)")
    return parse_strictly(parser, arguments)


def main(arguments: list[str]) -> None:
    """Say whether what synthesize.py wrote, in files or in shards, helps."""
    options = parse(arguments)
    from ganaug.evaluation.utility.significance import LEAST_SEEDS

    if options.steps < 10 or options.seeds < LEAST_SEEDS:
        raise UsageError(
            f"--steps {options.steps}, --seeds {options.seeds}; use at least 10 and {LEAST_SEEDS}"
        )
    from ganaug.synthesis.writer.webdataset import as_files

    options.set = options.synthetic
    with as_files(options.synthetic) as options.synthetic:
        carry_out(options)


def carry_out(options: argparse.Namespace) -> None:
    """Read the images, train in every arm, compare, print the table and the verdict."""
    from datamodules.augmentation import load_augmentation
    from ganaug.cli.evaluate_inputs import read_all
    from ganaug.evaluation.listing import images_folder, list_synthetic
    from ganaug.evaluation.utility import classifiers as downstream
    from ganaug.evaluation.utility import study as utility

    manifest = manifest_of(options.synthetic)
    data = data_behind(manifest, options.data_root)
    if data.num_classes < 2:
        raise UsageError(
            f"the images are all of the class {data.class_names[0]!r}: there is nothing that a "
            "classifier could tell apart, so whether they help can't be measured this way; "
            "tools/evaluate.py says how faithful they are"
        )
    folder = images_folder(options.synthetic)
    listed = list_synthetic(folder, data.class_names)
    made = downstream.Images(*read_all(listed, data.image_size, data.channels))
    real, test = (downstream.Images(*data.images(split)) for split in ("train", "test"))
    files = {
        "training": (real.images, data.paths("train")),
        "synthetic": (made.images, [str(each.path.relative_to(folder)) for each in listed]),
    }
    refuse_leaks(test.images, data.paths("test"), files)
    for kind, labels in {"synthetic": made.labels, "test": test.labels}.items():
        refuse_gaps(kind, labels.tolist(), data.class_names)
    augmentation = load_augmentation(options.augmentation, data.image_size, data.channels)
    arms = chosen(utility.arms_of(augmentation), options.arms)
    facts = facts_of(manifest, data, options.classifier, augmentation)
    study = utility.Study(
        options.out,
        facts=facts,
        build=downstream.builder(options.classifier),
        real=real,
        synthetic=made,
        test=test,
        num_classes=data.num_classes,
        steps=options.steps,
    )
    results = study.run(arms, range(options.seeds))
    takes_part = {arm.name: arm.synthetic for arm in arms}
    found = utility.outcome(results, takes_part.__getitem__, test.labels)
    print(f"\n{table(results, found)}\n\n{sentence(results, found, data.class_names)}")
    write(options.out / "utility.json", results, found, facts)
    moved = ["--data-root", options.data_root] if options.data_root else []
    words = shlex.join(["--synthetic", str(options.set), *moved, "--utility", str(options.out)])
    print(f"next: lay it all out on a page with\n  python tools/report.py {words}")


def facts_of(
    manifest: Mapping[str, Any], data: Any, classifier: str, augmentation: "Augmentation | None"
) -> dict[str, str]:
    """Return all that a result depends on, besides the arm and its seed."""
    return {
        "synthetic": manifest["metadata_sha256"],
        "real": data.fingerprint,
        "test_images": data.fingerprint_of("test"),
        "classifier": classifier,
        "augmentation": str(getattr(augmentation, "compose", augmentation)),
    }


def refuse_gaps(kind: str, labels: Sequence[int], class_names: Sequence[str]) -> None:
    """Refuse images that leave a class out.

    Raises:
        UsageError: Names the classes, and what to do.
    """
    if missing := [name for label, name in enumerate(class_names) if label not in set(labels)]:
        hint = "add images"
        if kind == "synthetic":
            hint = "synthesize with --per-class or --share, and loosen gates that let none through"
        raise UsageError(f"there is no {kind} image of class {', '.join(missing)}: {hint}")


def refuse_leaks(
    test: "Tensor", test_files: Sequence[str], others: "Mapping[str, tuple[Tensor, Sequence[str]]]"
) -> None:
    """Stop when a test image is among the training images, real or synthetic, pixel by pixel.

    Args:
        test: `[N, C, S, S]` uint8.
        test_files: Their files.
        others: Images and their files by kind: training, synthetic.

    Raises:
        UsageError: Says how many, and names the first.
    """
    held_out = dict(zip(map(_digest, test), test_files, strict=True))
    for kind, (images, files) in others.items():
        known = zip(map(_digest, images), files, strict=True)
        leaked = [(file, held_out[digest]) for digest, file in known if digest in held_out]
        if leaked:
            named = "; ".join(f"{file} is {same}" for file, same in leaked[:LEAKS_NAMED])
            more = f"; and {len(leaked) - LEAKS_NAMED} more" if len(leaked) > LEAKS_NAMED else ""
            raise UsageError(
                f"{len(leaked)} {kind} images are also test images, so the study would measure "
                f"memory ({named}{more}): {REMEDIES[kind]}"
            )


def _digest(image: "Tensor") -> bytes:
    return hashlib.sha256(image.numpy().tobytes()).digest()


def chosen(arms: "list[Arm]", names: Sequence[str] | None) -> "list[Arm]":
    """Return the arms of these names, all by default.

    Raises:
        UsageError: There is no such arm, or nothing to compare.
    """
    from ganaug.cli.catalogue import choose

    known = {arm.name: arm for arm in arms}
    found = [known[choose("arm", name, known)] for name in names or known]
    if len({arm.synthetic for arm in found}) < 2:
        raise UsageError("--arms: a comparison takes an arm with synthetic images and one without")
    return found
