"""Running a tool: what it prints comes out on every terminal."""

import io
import signal
import sys
import warnings

import pytest

from ganaug.cli.tool import run_tool
from ganaug.training.stop_signals import RunStoppedError
from ganaug.utils.errors import UsageError
from ganaug.utils.plugins import load_plugins

# A class name, and the name of a file that is no UTF-8.
WORD = "Gänse \udcff"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("ascii", b"G\\xe4nse \\udcff"), ("utf-8", b"G\xc3\xa4nse \\udcff")],
)
def test_characters_that_the_terminal_lacks_are_escaped(encoding, shown, monkeypatch):
    written = {name: io.BytesIO() for name in ("stdout", "stderr")}
    for name, stream in written.items():
        monkeypatch.setattr(sys, name, io.TextIOWrapper(stream, encoding=encoding))

    def main():
        print(WORD, flush=True)
        raise UsageError(f"there is no class {WORD}")

    with pytest.raises(SystemExit, match="2"):
        run_tool(main)
    sys.stderr.flush()
    assert written["stdout"].getvalue() == shown + b"\n"
    assert b"there is no class G" in written["stderr"].getvalue()


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        (KeyboardInterrupt(), "interrupted\n"),
        (KeyboardInterrupt("start again"), "interrupted; start again\n"),
    ],
)
def test_an_interruption_is_said_with_its_reason(stop, said, capsys):
    def main():
        raise stop

    with pytest.raises(SystemExit, match="130"):
        run_tool(main)
    assert capsys.readouterr().err == said


def test_a_stopped_fit_of_any_command_is_said_with_how_to_continue(capsys, tmp_path):
    def main():
        raise RunStoppedError(signal.SIGTERM, tmp_path / "checkpoints" / "last.ckpt")

    with pytest.raises(SystemExit, match="143"):
        run_tool(main)
    assert capsys.readouterr().out.startswith("stopped by SIGTERM, and saved; continue with ganaug")


def test_what_a_plugin_raises_keeps_its_own_traceback(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_steps.py").write_text("def step(batch):\n    return batch['image']\n")
    load_plugins(["own_steps"])
    from own_steps import step

    with pytest.raises(SystemExit, match="1"):
        run_tool(lambda: step({}))
    said = capsys.readouterr().err
    assert "return batch['image']" in said
    assert "test_tool.py" not in said
    assert said.endswith(
        "error: a plugin raised KeyError: 'image' (own_steps.py, line 2); correct it, and run this "
        "again: what is finished is kept\n"
    )
    with pytest.raises(KeyError):  # an error of ours
        run_tool(lambda: {}["image"])


def test_warnings_are_printed_without_code(monkeypatch, capsys):
    monkeypatch.setattr(warnings, "showwarning", None)  # is restored at the end
    with pytest.raises(SystemExit, match="0"):
        run_tool(lambda: warnings.showwarning("few images", UserWarning, "a.py", 3, None, "x = y"))
    assert capsys.readouterr().err == "warning: few images\n"
