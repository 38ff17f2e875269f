"""Runs studies: fits each model as a user does, over seeds, and prints a table of metrics."""

import argparse
import json
import shlex
import statistics
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.arguments import parse_strictly
from benchmarks.catalogue import STUDIES
from benchmarks.study import Workspace
from datamodules.reading.scan import usable_cores
from ganaug.models.registry import ROOT, choose
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_json import read_json

Result = dict[str, Any]

EXAMPLE = """\
example:
  python tools/benchmark.py --models dcgan cgan acgan --seeds 0 1 2 --mnist-root data
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Fits models, measures what each must show, and prints a table.",
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
    add(
        "--out",
        type=Path,
        default=Path("runs/benchmark"),
        help="folder of kept results",
    )
    return parse_strictly(parser, arguments)


def main(arguments: list[str]) -> None:
    """Run the studies without a result yet, and print the table of all that were named."""
    options = parse(arguments)
    options.models, options.seeds = (
        list(dict.fromkeys(each)) for each in (options.models, options.seeds)
    )
    for name in options.models:
        choose("study", name, STUDIES)
    wanted = [(name, seed) for name in options.models for seed in options.seeds]
    # Mistakes are refused before hours of fitting.
    known = {each: known_result(*each, options) for each in wanted}
    results = {each: known[each] or run_once(*each, options) for each in wanted}
    print(table(options.models, options.seeds, results))


def known_result(name: str, seed: int, options: argparse.Namespace) -> Result | None:
    """Return the result of an earlier call, if there is one.

    Raises:
        UsageError: It used another command, or did not finish.
    """
    workspace = workspace_of(name, seed, options)
    kept = workspace.home / "metrics.json"
    if not kept.is_file():
        if workspace.home.exists():
            raise UsageError(
                f"{workspace.home} holds an unfinished run; remove it, or give --out another folder"
            )
        return None
    result = _kept_result(kept)
    try:
        command = command_of(words_of(name, workspace), workspace)
    except UsageError:
        # What was measured can be shown without the data.
        return result
    if command != result["command"]:
        raise UsageError(
            f"{kept} is of {result['command']!r}, and now it would be {command!r}; give --out "
            "another folder"
        )
    return result


def _kept_result(path: Path) -> Result:
    try:
        result = read_json(path)
        if isinstance(result, dict) and isinstance(result.get("command"), str):
            return result
        raise UsageError(f"{path} is not what this tool writes")
    except (OSError, UsageError) as error:
        raise UsageError(f"{error}; remove {path.parent}, or give --out another folder") from error


def run_once(name: str, seed: int, options: argparse.Namespace) -> Result:
    """Fit and measure one model with one seed."""
    workspace = workspace_of(name, seed, options)
    words = words_of(name, workspace)
    workspace.home.mkdir(parents=True)
    metrics: dict[str, float] = {}
    if words:
        started = time.perf_counter()
        workspace.fit(*words)
        metrics["minutes"] = (time.perf_counter() - started) / 60
    metrics |= STUDIES[name].measure(workspace)
    written = {
        "metrics": metrics,
        "command": command_of(words, workspace),
        "cores": usable_cores(),
    }
    (workspace.home / "metrics.json").write_text(json.dumps(written, indent=2) + "\n")
    return written


def workspace_of(name: str, seed: int, options: argparse.Namespace) -> Workspace:
    """Return a study's data folders and its own folder."""
    home = (options.out / f"{name}-{seed}").resolve()
    roots = absolute(options.mnist_root), absolute(options.flowers_root)
    return Workspace(home, *roots, seed, options.minutes)


def words_of(name: str, workspace: Workspace) -> list[str]:
    """Return the arguments of a study's fit; none if it has no single fit."""
    give = STUDIES[name].words
    return [*map(str, give(workspace))] if give else []


def command_of(words: Sequence[str], workspace: Workspace) -> str:
    """Return the command of a fit without this machine's paths."""
    command = shlex.join(["tools/fit.py", *words]) if words else ""
    for root in filter(None, (workspace.mnist, workspace.flowers)):
        command = command.replace(root, "DIR")
    return command.replace(f"{ROOT}/", "")


def absolute(folder: str | None) -> str | None:
    """Return the absolute path of a folder."""
    return None if folder is None else str(Path(folder).resolve())


def table(
    names: Sequence[str], seeds: Sequence[int], results: dict[tuple[str, int], Result]
) -> str:
    """Format the metrics in Markdown: means over the seeds, with ranges for two or more."""
    lines = ["| model | seeds | metrics: mean (range) | command | cores |", "|---|---|---|---|---|"]
    for name in names:
        runs = [results[name, seed] for seed in seeds]
        metrics = [run["metrics"] for run in runs]
        cells = [f"{key} {_spread([each[key] for each in metrics])}" for key in metrics[0]]
        command, count = runs[0]["command"], runs[0]["cores"]
        lines.append(f"| `{name}` | {len(seeds)} | {'; '.join(cells)} | `{command}` | {count} |")
    return "\n".join(lines)


def _spread(values: list[float]) -> str:
    mean = f"{statistics.fmean(values):.3g}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.3g} to {max(values):.3g})"
