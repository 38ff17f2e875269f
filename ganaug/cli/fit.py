"""Fit a generative model: `ganaug fit --model dcgan`."""

from ganaug.cli.fit_arguments import expand, help_text
from ganaug.cli.main import STARTED
from ganaug.cli.options import with_options
from ganaug.training.run import quoted, run_of
from ganaug.training.stop_signals import RunStoppedError
from ganaug.utils.errors import UsageError


def main(arguments: list[str]) -> None:
    """Show the help, or check the arguments before loading slow imports, and fit."""
    if {"-h", "--help"} & set(arguments):
        print(help_text(), end="")
        return
    try:
        expanded = expand(arguments)
        from ganaug.cli.fit_summary import print_summary
        from ganaug.training.engine import fit_by_words

        fit_by_words(expanded, finished=print_summary, started=STARTED)
    except RunStoppedError as stop:
        stop.resume = f"python tools/fit.py --resume {quoted(run_of(stop.checkpoint))}"
        raise
    except UsageError as error:
        raise UsageError(with_options(str(error))) from error
