"""Folders of synthetic images for tests to make and read."""

from ganaug.synthesis import Drawing, Originals, expand
from helpers.tool_runs import rows_of

NAMES = ("cat", "dog/wolf", "emu")
QUOTAS = {"cat": 70, "dog/wolf": 3, "emu": 0}


def write(painter, out, *, channels=1, quotas=QUOTAS, names=NAMES, real=None, **settings):
    maker = Drawing(painter(len(names), channels), names)
    plan, makers = {"generator": quotas}, [maker]
    if real is not None:
        makers.append(Originals(real, names))
        plan["real"] = {n: int((real.labels == i).sum()) for i, n in enumerate(names)}
    return expand(makers, plan, out, **settings)


def rows(out):
    return rows_of(out / "metadata.csv")


def contents(out):
    return {p.relative_to(out): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
