"""Look into a fitted model, in pictures: `python tools/explore.py walk --ckpt … --out …`."""

import argparse
from pathlib import Path

from ganaug.cli.parsing import device_of, parse_strictly
from ganaug.utils.errors import UsageError

HELP = """\
what to look at:
  samples     a numbered sheet of samples, to choose from
  walk        on the way from one sample to the next: a strip, and a film beside it
  arithmetic  a - b + c on averaged latents, of numbered samples or of classes
  nearest     the real training image next to each sample
  project     real images, and the closest that the model can draw
  inpaint     real images with a hole, filled in by the model
  history     the same latents drawn by every checkpoint of a run, and the figures of each

examples:
  python tools/explore.py walk --ckpt runs/dcgan/version_0 --out walk.png
  python tools/explore.py arithmetic --ckpt RUN --out sum.png --a 3,17 --b 5 --c 12 --class rose
  python tools/explore.py inpaint --ckpt RUN --out holes.png --image photo.jpg --hole left
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Draws captioned pictures of what a fitted model has learned.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("what", choices=WHAT, metavar="WHAT", help="see below")
    add("--ckpt", type=Path, required=True, help="a checkpoint, or the folder of a run")
    add("--out", type=Path, required=True, metavar="FILE", help="the picture to write (PNG); new")
    add("--count", type=int, metavar="N", help="how many samples, walks or images")
    add("--class", dest="class_name", metavar="NAME", help="of this class alone (default: each)")
    add("--seed", type=int, default=0, help="of the samples (default: 0)")
    add("--steps", type=int, metavar="N", help="walk: from one corner to the next (10); project, "
        "inpaint: of the search (300)")  # fmt: skip
    add("--kind", choices=("spherical", "linear"), help="of the walk (default: spherical)")
    for name in "abc":
        add(f"--{name}", metavar="WHICH", help="arithmetic: numbers of samples, 3,17,40; or "
            "class:NAME, the samples that a classifier is surest of")  # fmt: skip
    add("--by", choices=("features", "pixels"), help="nearest: what counts (features)")
    add("--image", type=Path, nargs="+", metavar="FILE", help="project, inpaint: real images "
        "(default: test images of the data)")  # fmt: skip
    add("--hole", choices=HOLES, help="inpaint: what is cut out (default: middle)")
    add("--mask", type=Path, metavar="FILE", help="inpaint: a picture, black where it is cut out")
    add("--data-root", metavar="DIR", help="where the real images are now, if they have moved")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: auto")
    return parse_strictly(parser, arguments)


WHAT = ("samples", "walk", "arithmetic", "nearest", "project", "inpaint", "history")
# What some of the explorations alone look at; the others refuse it.
ONLY_FOR = {
    "count": ("samples", "walk", "nearest", "project", "inpaint", "history"),
    "steps": ("walk", "project", "inpaint"),
    "kind": ("walk",),
    "by": ("nearest",),
    "image": ("project", "inpaint"),
    "hole": ("inpaint",),
    "mask": ("inpaint",),
    **dict.fromkeys("abc", ("arithmetic",)),
}
HOLES = ("middle", "left", "right", "top", "bottom")


def main(arguments: list[str]) -> None:
    """Draw the picture that was asked for, and say where it is."""
    options = parse(arguments)
    check(options)
    from ganaug.cli import explore_pictures
    from ganaug.cli.explore_inputs import Explored
    from ganaug.protocols import Sampler
    from ganaug.training.checkpoints import find_checkpoint, load

    checkpoint = load(find_checkpoint(options.ckpt), device_of(options.device))
    if not isinstance(checkpoint.model, Sampler):
        raise UsageError(
            f"{checkpoint.card.model} draws from images, not from latents, so there is nothing to "
            "walk or search in; tools/synthesize.py shows what it makes of images"
        )
    explore = getattr(explore_pictures, options.what)
    for file in explore(Explored(checkpoint.model, checkpoint.card, options)):
        print(f"wrote {file}")


def check(options: argparse.Namespace) -> None:
    """Refuse what can't be done before anything is loaded.

    Raises:
        UsageError: A number is below 1, the picture exists, or an argument is missing.
    """
    for name in ("count", "steps"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            raise UsageError(f"--{name} is {getattr(options, name)}; it must be 1 or more")
    if options.out.suffix.lower() != ".png":
        raise UsageError(f"--out {options.out}: pictures are written as PNG; name it so")
    if not 0 <= options.seed < 2**63:
        raise UsageError(f"--seed is {options.seed}; it must be 0 or more")
    film = [options.out.with_suffix(".webp")] if options.what == "walk" else []
    for file in [options.out, *film]:
        if file.exists():
            raise UsageError(f"{file} exists, and nothing is overwritten; name a new one")
    for name, kinds in ONLY_FOR.items():
        if getattr(options, name) is not None and options.what not in kinds:
            raise UsageError(f"--{name} is for {' and '.join(kinds)}, not for {options.what}")
    if options.image is not None and options.count is not None:
        raise UsageError("--count is for test images of the data; --image names the images itself")
    if options.hole is not None and options.mask is not None:
        raise UsageError("--hole and --mask both say what is cut out; give one")
    missing = [f"--{name}" for name in "abc" if getattr(options, name) is None]
    if options.what == "arithmetic" and missing:
        raise UsageError(
            f"arithmetic needs {' and '.join(missing)}: numbers of the sheet that "
            "`explore.py samples` draws, such as 3,17,40, or class:NAME"
        )
