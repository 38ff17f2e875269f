"""The family's figures: fits each model as a user does, over seeds, and prints the table."""

import argparse
import json
import shlex
import statistics
import textwrap
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datamodules.scan import usable_cores
from ganaug.cli.catalogue import choose
from ganaug.cli.parsing import parse_strictly
from ganaug.errors import UsageError
from ganaug.studies.family import STUDIES
from ganaug.studies.study import Places

Result = dict[str, Any]

EXAMPLE = """\
example:
  python tools/benchmark.py --models dcgan cgan acgan --seeds 0 1 2 --mnist-root data
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Fits models, measures each by what it must show, prints a table.",
        epilog=f"{textwrap.fill('studies: ' + ', '.join(STUDIES), 80)}\n\n{EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--models", nargs="+", metavar="NAME", required=True, help="studies, as listed below")
    add("--seeds", nargs="+", type=int, default=[0], metavar="N", help="default: 0")
    add("--mnist-root", metavar="DIR", help="full MNIST; default: the embedded sample")
    add("--flowers-root", metavar="DIR", help="photographs: train and test folders of classes")
    add("--minutes", type=float, default=60, metavar="N", help="of each scarce study's fit (60)")
    add("--out", type=Path, default=Path("runs/benchmark"), help="what is there is not done again")
    return parse_strictly(parser, arguments)


def main(arguments: list[str]) -> None:
    """Run what has not been run yet, and print the table of all that was asked for."""
    options = parse(arguments)
    for name in options.models:
        choose("study", name, STUDIES)
    results = {
        (name, seed): run_once(name, seed, options)
        for name in options.models
        for seed in options.seeds
    }
    print(table(options.models, options.seeds, results))


def run_once(name: str, seed: int, options: argparse.Namespace) -> Result:
    """Fit and measure one model with one seed, or read what a former call measured."""
    home = (options.out / f"{name}-{seed}").resolve()
    kept = home / "figures.json"
    terms = terms_of(options)
    if kept.is_file():
        return known_result(kept, terms)
    if home.exists():
        raise UsageError(f"{home} holds an unfinished run; remove it, or give --out another folder")
    roots = absolute(options.mnist_root), absolute(options.flowers_root)
    places = Places(home, *roots, seed, options.minutes)
    words_of, measure = STUDIES[name]
    words = [*map(str, words_of(places))] if words_of else []
    home.mkdir(parents=True)
    started = time.perf_counter()
    if words:
        places.fit(*words)
    figures = {"minutes": (time.perf_counter() - started) / 60}
    figures |= measure(places)
    command = shlex.join(["tools/fit.py", *words]) if words else ""
    for root in filter(None, (places.mnist, places.flowers)):
        command = command.replace(root, "DIR")
    written = {"figures": figures, "command": command, "cores": usable_cores(), "terms": terms}
    kept.write_text(json.dumps(written, indent=2) + "\n")
    return written


def terms_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return what figures depend on beside study and seed."""
    roots = absolute(options.mnist_root), absolute(options.flowers_root)
    return {"mnist_root": roots[0], "flowers_root": roots[1], "minutes": options.minutes}


def known_result(kept: Path, terms: Mapping[str, Any]) -> Result:
    """Return what a former call measured.

    Raises:
        UsageError: It measured on other terms.
    """
    result = json.loads(kept.read_text())
    known = result.get("terms", terms)
    if other := [name for name in terms if known.get(name) != terms[name]]:
        name = other[0]
        raise UsageError(
            f"{kept} was measured with --{name.replace('_', '-')} {known.get(name)}, and now it is "
            f"{terms[name]}; give --out another folder"
        )
    return result


def absolute(folder: str | None) -> str | None:
    """Return the folder as it is called from anywhere."""
    return None if folder is None else str(Path(folder).resolve())


def table(
    names: Sequence[str], seeds: Sequence[int], results: dict[tuple[str, int], Result]
) -> str:
    """Lay the figures out in Markdown: means over the seeds, with the range where there are two."""
    lines = ["| model | seeds | figures: mean (range) | command | cores |", "|---|---|---|---|---|"]
    for name in names:
        runs = [results[name, seed] for seed in seeds]
        figures = [run["figures"] for run in runs]
        cells = [f"{key} {_spread([each[key] for each in figures])}" for key in figures[0]]
        command, count = runs[0]["command"], runs[0]["cores"]
        lines.append(f"| `{name}` | {len(seeds)} | {'; '.join(cells)} | `{command}` | {count} |")
    return "\n".join(lines)


def _spread(values: list[float]) -> str:
    mean = f"{statistics.fmean(values):.3g}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.3g} to {max(values):.3g})"
