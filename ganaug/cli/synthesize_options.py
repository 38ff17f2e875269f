"""What `tools/synthesize.py` can be asked for: its options, and which exclude each other."""

import argparse
from pathlib import Path

from ganaug.cli.parsing import parse_strictly
from ganaug.utils.errors import UsageError

GATES_HELP = (
    "what an image must pass: agreement=0.5, realism=0.5, rejection=0.5, copies, duplicates, "
    "strays; may be repeated"
)
FEATURES_HELP = (
    "whose network tells copies, duplicates and strays: one of the real images, or ImageNet's, for "
    "photographs (default: domain)"
)
TRAINER = {"accelerator": "auto", "devices": "1", "num_nodes": "1", "strategy": "auto"}
EXAMPLE = """\
examples:
  python tools/synthesize.py --ckpt runs/dcgan/version_0 --out expanded --per-class 500
  python tools/synthesize.py --ckpt runs/dcgan/version_0 --out expanded --share 0.3 \\
    --gate agreement=0.8 --gate copies --with-real
  python tools/synthesize.py --verify expanded
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; what takes seconds to import waits until it is right."""
    parser = argparse.ArgumentParser(
        description="Writes a folder of synthetic images, a folder for each class. Stopped "
        "anywhere, the same command goes on.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--ckpt", type=Path, help="a checkpoint, or the folder of a run")
    add("--out", help="the folder to write: new, empty, or begun by this command; or an address")
    add("--work", type=Path, metavar="DIR", help="where a set for an address is made before")
    add("--verify", type=Path, metavar="DIR", help="check a folder against its manifest, no more")
    add_plan(parser)
    add("--gate", action="append", default=[], metavar="NAME[=X]", help=GATES_HELP)
    add("--gate-features", choices=("domain", "imagenet"), default="domain", help=FEATURES_HELP)
    add("--max-tries", type=int, metavar="N", help="images made for each wanted (10)")
    add("--truncation", type=float, metavar="X", help="keep latents within X of 0: more typical")
    add("--seed", type=int, default=0, help="same seed, same images (default: 0)")
    add("--with-real", action="store_true", help="lay the real training images beside them")
    add("--data-root", metavar="DIR", help="where the real images are now, if they have moved")
    add("--sources", metavar="DIR", help="dagan: make images of these instead, of any classes")
    add("--format", choices=("png", "jpeg", "webp"), default="png", help="default: png")
    add("--layout", choices=("folder", "webdataset"), default="folder", help="default: folder")
    for name, default in TRAINER.items():
        add(f"--trainer.{name}", default=default, metavar="X", help=f"Lightning's ({default})")
    options = parse_strictly(parser, arguments)
    if options.verify:
        refuse_beside_verify(options, parser)
    return options


def refuse_beside_verify(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Refuse what a check does not read.

    Raises:
        UsageError: Names the options.
    """
    values = vars(options).items()
    given = [name for name, value in values if value != parser.get_default(name)]
    # Lightning's own names are written with an underscore.
    words = [name if "." in name else name.replace("_", "-") for name in given]
    if others := [word for word in words if word != "verify"]:
        raise UsageError(
            f"--verify checks a folder, and reads nothing else: leave out --{', --'.join(others)}"
        )


def add_plan(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how many of each class, and by whom."""
    how_many = parser.add_mutually_exclusive_group()
    add = how_many.add_argument
    add("--per-class", type=int, metavar="N", help="N images of every class")
    add("--multiply", type=float, metavar="X", help="every class X times as large as it is")
    add("--share", type=float, metavar="X", help="the same share of synthetic images in each class")
    add("--plan-file", type=Path, metavar="FILE", help="YAML: images to make by class (and maker)")
    add(
        "--sampling-strategy",
        default="auto",
        metavar="S",
        help="auto, minority, 'not minority', 'not majority' or all; a ratio for two classes; or "
        "'{\"class\": final count}'; with imbalanced-learn's meanings (default: auto)",
    )
    parser.add_argument("--plan", action="store_true", help="print what would be made, no more")
    parser.add_argument("--maker", choices=("model", "albumentations", "smote"), default="model",
                        help="who makes the images (default: model)")  # fmt: skip
    parser.add_argument(
        "--augmentation", default="light", help="of the maker albumentations (light)"
    )
