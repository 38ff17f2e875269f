"""Runs studies: fits each model as a user does, over seeds; stores and prints their metrics."""

import json
import shlex
import statistics
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.catalogue import STUDIES, files_of
from benchmarks.origin import observed
from benchmarks.store import STORE, Measurement, append, summarized
from benchmarks.study import Metrics, Workspace
from ganaug.cli.command import Command
from ganaug.models.registry import ROOT, choose
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_json import read_json

Result = dict[str, Any]
COMMAND = Command(
    "benchmarks.runner:benchmark",
    examples="  python tools/benchmark.py --models dcgan cgan acgan --seeds 0 1 2 --mnist-root data"
    "\n  python tools/benchmark.py --stale    # stored results older than the code they measure"
    "\n  python tools/benchmark.py --tables   # writes the tables of README and docs from the store"
    f"\n\n{textwrap.fill('studies: ' + ', '.join(STUDIES), 80)}",
)
# Commands in place of running studies.
OTHERS = {
    "--stale": Command("benchmarks.stale:stale", name="benchmark --stale"),
    "--tables": Command("benchmarks.tables:tables", name="benchmark --tables"),
}


def main(arguments: list[str]) -> None:
    """Run the studies without a result yet, and print the table of all named studies."""
    option = next((word for word in arguments if word in OTHERS), None)
    command = OTHERS[option] if option else COMMAND
    print(command.function(**command.parse([word for word in arguments if word != option])))


def benchmark(
    models: list[str],
    *,
    seeds: Sequence[int] = (0,),
    mnist_root: str | None = None,
    flowers_root: str | None = None,
    minutes: float = 60,
    out: str = "runs/benchmark",
    store: str | None = None,
) -> str:
    """Fit models, measure each, and return a table in Markdown.

    Args:
        models: names of studies, as listed below
        seeds: seeds of the fits
        mnist_root: folder of the full MNIST; by default the embedded sample
        flowers_root: folder of photographs: train and test folders of classes
        minutes: time of each fit in studies of scarce data
        out: folder of the fits; finished ones are reused
        store: folder of stored results, to which every new one is added; by default docs/results

    Raises:
        UsageError: There is no such study, or `out` holds a result of another command.
    """
    for name in models:
        choose("study", name, STUDIES, by_plugins=False)
    mnist, flowers = (root and str(Path(root).resolve()) for root in (mnist_root, flowers_root))
    folder = Path(out).resolve()
    workspaces = {
        (name, seed): Workspace(folder / f"{name}-{seed}", mnist, flowers, seed, minutes)
        for name in dict.fromkeys(models)
        for seed in dict.fromkeys(seeds)
    }
    # Refuse mistakes before hours of fitting.
    earlier = {key: known_result(key[0], workspace) for key, workspace in workspaces.items()}
    results: dict[str, list[Result]] = {}
    for name in dict.fromkeys(models):
        by_seed = {
            seed: workspace for (study, seed), workspace in workspaces.items() if study == name
        }
        runs = [earlier[name, seed] or run_once(name, by_seed[seed]) for seed in by_seed]
        if not all(earlier[name, seed] for seed in by_seed):
            keep(name, runs, [*by_seed], Path(store) if store else STORE)
        results[name] = runs
    return table(results)


def keep(name: str, runs: Sequence[Result], seeds: Sequence[int], store: Path) -> None:
    """Add a study's results over its seeds to the store, with the origin of the oldest."""
    origins = [run["origin"] for run in runs if "origin" in run]
    origin = min(origins, key=lambda entry: entry["date"])
    origin = {**origin, "seconds": sum(entry["seconds"] for entry in origins)}
    command = f"tools/benchmark.py --models {name}; {runs[0]['command']}".removesuffix("; ")
    metrics = [run["metrics"] for run in runs]
    append(summarized(name, metrics, seeds=seeds, command=command, **origin), store)
    printed = [(run, seed) for run, seed in zip(runs, seeds, strict=True) if "output" in run]
    for run, seed in printed[:1]:
        fields = {"text": run["output"], "seeds": [seed], "command": command, **run["origin"]}
        append([Measurement(name, "output", **fields)], store)


def known_result(name: str, workspace: Workspace) -> Result | None:
    """Return the result of an earlier call, if there is one.

    Raises:
        UsageError: It used another command, or did not finish.
    """
    path = workspace.home / "metrics.json"
    if not path.is_file():
        if workspace.home.exists():
            raise UsageError(
                f"{workspace.home} holds an unfinished run; remove it, or give --out another folder"
            )
        return None
    result = _read_result(path)
    try:
        command = command_of(name, workspace)
    except UsageError:
        # Existing results can be shown without the data.
        return result
    if command != result["command"]:
        raise UsageError(
            f"{path} is of {result['command']!r}, and now it would be {command!r}; give --out "
            "another folder"
        )
    return result


def _read_result(path: Path) -> Result:
    try:
        result = read_json(path)
        if isinstance(result, dict) and isinstance(result.get("command"), str):
            return result
        raise UsageError(f"{path} is not what this tool writes")
    except (OSError, UsageError) as error:
        raise UsageError(f"{error}; remove {path.parent}, or give --out another folder") from error


def run_once(name: str, workspace: Workspace) -> Result:
    """Fit and measure one model with one seed."""
    command = command_of(name, workspace)
    workspace.home.mkdir(parents=True)
    metrics, origin = observed(lambda: fit_and_measure(name, workspace), files_of(name))
    result = {"metrics": metrics, "command": command, "cores": origin["cores"], "origin": origin}
    if (printed := STUDIES[name].printed) is not None:
        result["output"] = printed(workspace)
    (workspace.home / "metrics.json").write_text(
        json.dumps(result, indent=2) + "\n", encoding="utf-8"
    )
    return result


def fit_and_measure(name: str, workspace: Workspace) -> Metrics:
    """Fit with the study's settings, if it has any, and measure."""
    metrics: Metrics = {}
    if arguments := STUDIES[name].arguments(workspace):
        started = time.perf_counter()
        workspace.fit(arguments)
        metrics["minutes"] = (time.perf_counter() - started) / 60
    return metrics | STUDIES[name].measure(workspace)


def command_of(name: str, workspace: Workspace) -> str:
    """Return the command of a study's fit without this machine's paths; empty without a fit."""
    arguments = STUDIES[name].arguments(workspace)
    command = shlex.join(["tools/fit.py", *arguments]) if arguments else ""
    for root in filter(None, (workspace.mnist, workspace.flowers)):
        command = command.replace(root, "DIR")
    return command.replace(f"{ROOT}/", "")


def table(results: dict[str, list[Result]]) -> str:
    """Format the metrics in Markdown: means over the seeds, with ranges for two or more."""
    lines = ["| model | seeds | metrics: mean (range) | command | cores |", "|---|---|---|---|---|"]
    for name, runs in results.items():
        metrics = [run["metrics"] for run in runs]
        cells = "; ".join(f"{key} {_spread([m[key] for m in metrics])}" for key in metrics[0])
        command, cores = runs[0]["command"], runs[0]["cores"]
        lines.append(f"| `{name}` | {len(runs)} | {cells} | `{command}` | {cores} |")
    return "\n".join(lines)


def _spread(values: list[float]) -> str:
    mean = f"{statistics.fmean(values):.3g}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.3g} to {max(values):.3g})"
