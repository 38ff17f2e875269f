"""`ganaug report`: one page that says whether to use a synthetic set."""

from ganaug.cli.command import Command
from ganaug.cli.data_words import parse_with_data

COMMAND = Command(
    "ganaug.reporting.report:write_report",
    examples="""\
  python tools/evaluate.py --synthetic expanded
  python tools/utility.py --synthetic expanded --out utility
  python tools/report.py --synthetic expanded --utility utility --out report.html""",
    flags={"dataset": "synthetic", "data": "real", "study": "utility", "result": "metrics"},
    optional=("out",),
    name="report",
)


def main(arguments: list[str]) -> None:
    """Write the report, and print its path."""
    settings = parse_with_data(COMMAND, arguments)
    with COMMAND.naming_options():
        out = COMMAND.function(**settings)
    print(f"report  {out}  ({out.stat().st_size / 2**20:.1f} MiB)")
    print(f"values  {out.with_suffix('.json')}")
