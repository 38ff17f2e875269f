"""Settings that would not be read are refused, and not passed over."""

import re
import shlex
from pathlib import Path

import pytest

from ganaug.cli.fit_arguments import expand
from ganaug.training.given import end_chosen, refuse_linked
from ganaug.utils.errors import UsageError


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("model.image_size", "the model takes it from the data: set data.image_size"),
        ("model.num_classes", "the model takes it from the data: leave it out"),
        ("data.seed", "a fit has one seed: set seed_everything"),
    ],
)
def test_a_setting_that_follows_from_another_one(name, instead, tmp_path):
    group, _, last = name.partition(".")
    file = tmp_path / "a.yaml"
    file.write_text(f"{group}: {{class_path: x.Y, init_args: {{{last}: 3}}}}\n")
    for words in ([f"--{name}", "3"], [f"--{group}.init_args.{last}=3"], ["--config", str(file)]):
        with pytest.raises(UsageError, match=f"^{name} is 3, and {instead}$"):
            refuse_linked(words)
    refuse_linked(["--data.image_size", "3", "--seed_everything", "3"])
    # Runs of earlier versions may keep it.
    refuse_linked(["--config", str(file), "--resume", "last.ckpt"])


def test_commands_for_launchers_have_no_budget():
    page = (Path(__file__).parents[2] / "docs" / "devices.md").read_text().replace("\\\n", " ")
    commands = re.findall(r"^(?:torchrun|srun) .*?tools/fit.py (.*)$", page, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        assert end_chosen(expand(shlex.split(command))) == ["--budget", "null"]
