"""Write the report of a synthetic set: `python tools/report.py --synthetic … --out …`."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.cli.manifests import manifest_of
from ganaug.cli.parsing import parse_strictly
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.reporting import Materials

EXAMPLE = """\
example:
  python tools/evaluate.py --synthetic expanded
  python tools/utility.py --synthetic expanded --out utility
  python tools/report.py --synthetic expanded --utility utility --out report.html
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; what takes seconds to import waits until it is right."""
    parser = argparse.ArgumentParser(
        description="Writes one page, which opens from disk, that says whether to use a synthetic "
        "set and shows why. What is not known yet is said, with the command that finds it out.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--synthetic", type=Path, required=True, metavar="DIR", help="what synthesize.py wrote")
    add("--out", type=Path, metavar="FILE", help="default: report.html in the set's folder")
    add("--utility", type=Path, metavar="DIR", help="what utility.py wrote (default: a folder "
        "utility in or beside the set's, if it is of this set)")  # fmt: skip
    add("--run", type=Path, metavar="RUN", help="of the fit, for curves and walks (default: the "
        "one in runs/ that holds the set's checkpoint)")  # fmt: skip
    add("--data-root", metavar="DIR", help="where the real images are now, if they have moved")
    add("--seed", type=int, default=0, metavar="N", help="of the images shown (default: 0)")
    return parse_strictly(parser, arguments)


def main(arguments: list[str]) -> None:
    """Gather what there is, lay it out, write both files, say where they are."""
    options = parse(arguments)
    out = options.out or options.synthetic / "report.html"
    if out.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--out {out}: the report is a web page; name it .html")
    if not 0 <= options.seed < 2**32:
        raise UsageError(f"--seed is {options.seed}; it must be from 0 to {2**32 - 1}")
    manifest = manifest_of(options.synthetic)
    from ganaug import reporting
    from ganaug.cli.report_materials import gather
    from ganaug.reporting.page import check_report_files

    figures = out.with_suffix(".json")
    check_report_files(out, figures)
    materials = gather(options, manifest)
    reporting.write_report(out, figures, reporting.page(materials), everything(materials))
    print(f"report   {out}  ({out.stat().st_size / 2**20:.1f} MiB)\nfigures  {figures}")


def everything(materials: "Materials") -> dict[str, Any]:
    """Return all figures behind the page, for a program."""
    from ganaug.reporting import Missing

    curves = {} if isinstance(materials.curves, Missing) else materials.curves
    return {
        "manifest": materials.manifest,
        "metrics": None if isinstance(materials.metrics, Missing) else materials.metrics,
        "utility": None if isinstance(materials.study, Missing) else materials.study,
        "curves": {
            name: {"batches": line.across, "values": finite(line.up)}
            for name, line in curves.items()
        },
    }


def finite(values: Sequence[float]) -> list[float | None]:
    """Return values as JSON can hold them: None for infinite ones and those that are no number."""
    return [value if math.isfinite(value) else None for value in values]
