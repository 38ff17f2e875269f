"""Expand a data set from a checkpoint: `python tools/synthesize.py --ckpt … --out …`."""

import argparse
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.cli.fitted import data_of, find_checkpoint
from ganaug.cli.parsing import device_of, parse_strictly

if TYPE_CHECKING:
    from ganaug.checkpoints import Card
    from ganaug.protocols import Sampler, Translator
    from ganaug.synthesis import Batch, RealImages

EXAMPLE = """\
example:
  python tools/synthesize.py --ckpt runs/dcgan/1 --out expanded --per-class 500
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; what takes seconds to import waits until it is right."""
    parser = argparse.ArgumentParser(
        description="Writes a folder of synthetic images, a folder for each class.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--ckpt", type=Path, required=True, help="a checkpoint, or the folder of a run")
    add("--out", type=Path, required=True, help="the folder to write; new or empty")
    how_many = parser.add_mutually_exclusive_group()
    how_many.add_argument("--per-class", type=int, metavar="N", help="N images of every class")
    how_many.add_argument(
        "--sampling-strategy",
        default="auto",
        metavar="S",
        help="auto, minority, 'not minority', 'not majority' or all; a ratio for two classes; or "
        "'{\"class\": final count}'; with imbalanced-learn's meanings (default: auto)",
    )
    add("--seed", type=int, default=0, help="same seed, same images (default: 0)")
    add("--with-real", action="store_true", help="lay the real training images beside them")
    add("--data-root", metavar="DIR", help="where the real images are now, if they have moved")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: auto")
    return parse_strictly(parser, arguments)


def main(arguments: list[str]) -> None:
    """Plan, draw, write, and say what comes next."""
    options = parse(arguments)
    from ganaug import synthesis
    from ganaug.checkpoints import load
    from ganaug.protocols import Translator

    synthesis.check_out(options.out)
    strategy = synthesis.parse_strategy(options.sampling_strategy)
    device = device_of(options.device)
    checkpoint = load(find_checkpoint(options.ckpt), device)
    card = checkpoint.card
    quotas = synthesis.plan(card.class_counts, strategy, per_class=options.per_class)
    model = checkpoint.model
    translates = isinstance(model, Translator)
    real, fingerprint = (
        real_images(card, options.data_root) if options.with_real or translates else (None, None)
    )
    batches = batches_of(model, quotas, card, real, seed=options.seed, device=device)
    facts = {
        "checkpoint": {"path": str(checkpoint.path.resolve()), "sha256": checkpoint.sha256},
        "model": card.model,
        "card": vars(card),
        "strategy": {"per_class": options.per_class} if options.per_class else strategy,
        "seed": options.seed,
        "batch_size": synthesis.BATCH_SIZE,
        "device": device,
        "with_real": fingerprint if options.with_real else None,
        "sources": fingerprint if translates else None,
    }
    manifest = synthesis.export(
        batches,
        options.out,
        class_names=card.class_names,
        quotas=quotas,
        facts=facts,
        real=real if options.with_real else None,
    )
    say_goodbye(options.out, manifest["counts"], card, options.data_root)


def batches_of(
    model: "Sampler | Translator",
    quotas: Mapping[str, int],
    card: "Card",
    real: "RealImages | None",
    **place: Any,
) -> Iterator["Batch"]:
    """What a sampler draws from latents, or a translator makes of real images."""
    from ganaug import synthesis
    from ganaug.protocols import Translator

    if isinstance(model, Translator):
        assert real is not None, "main reads them for a translator"
        return synthesis.translate(model, quotas, card.class_names, real, **place)
    return synthesis.draw(model, quotas, card.class_names, **place)


def real_images(card: "Card", data_root: str | None) -> tuple["RealImages", str]:
    """The training images that a checkpoint was fitted on, and their fingerprint now."""
    from ganaug.synthesis import RealImages

    data = data_of(card, data_root)
    if data.fingerprint != card.fingerprint:
        print(
            "warning: the real images are not the ones that the checkpoint was fitted on; the "
            "manifest records both fingerprints",
            file=sys.stderr,
        )
    images, labels = data.images("train")
    return RealImages(images, labels, data.paths("train")), data.fingerprint


def say_goodbye(
    out: Path, counts: dict[str, dict[str, int]], card: "Card", data_root: str | None
) -> None:
    """Print counts by class, where everything is, and the next command to type."""
    width = max(len(name) for name in [*card.class_names, "class"])
    print(f"\n{'class':<{width}}{'synthetic':>11}{'real':>8}")
    for name in card.class_names:
        made, kept = (counts[origin].get(name, 0) for origin in ("synthetic", "real"))
        print(f"{name:<{width}}{made:>11}{kept:>8}")
    root = data_root or card.data["init_args"].get("root")
    if card.data["class_path"].startswith("datamodules.unpaired"):
        return
    if card.data["class_path"].startswith("datamodules.mnist"):
        real = f"mnist --data-root {shlex.quote(str(root))}" if root else "mnist"
    else:
        real = shlex.quote(str(root))
    print(f"\n  images      {out / 'images'}")
    print(f"  rows        {out / 'metadata.csv'}")
    print(f"  provenance  {out / 'manifest.json'}")
    print("next: measure them against the real images with")
    print(
        f"  python tools/evaluate.py --synthetic {shlex.quote(str(out / 'images'))} --real {real}"
    )
