"""Writes and reads folders of synthetic images for tests."""

from ganaug.synthesis import GeneratorSource, RealSource, expand
from helpers.tool_runs import rows_of

NAMES = ("cat", "dog/wolf", "emu")
QUOTAS = {"cat": 70, "dog/wolf": 3, "emu": 0}


def write(painter, out, *, channels=1, planned_classes=QUOTAS, names=NAMES, real=None, **settings):
    source = GeneratorSource(painter(len(names), channels), names)
    plan, sources = {"generator": planned_classes}, [source]
    if real is not None:
        sources.append(RealSource(real, names))
        plan["real"] = {n: int((real.labels == i).sum()) for i, n in enumerate(names)}
    return expand(sources, plan, out, **settings)


def rows(out):
    return rows_of(out / "metadata.csv")


def contents(out):
    return {p.relative_to(out): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
