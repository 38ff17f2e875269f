"""Wrong flags of `fit` take a line or two and exit code 2; its long helps are whole."""

import json
import os
import subprocess
import sys

import pytest

from ganaug.cli.fit_arguments import expand
from ganaug.models import registry

WRONG = [
    (["--model.widht", "3"], ["no setting --model.widht", "'--model.width'", "--model.loss"]),
    (["--model.generator_lr", "null"], ["--model.generator_lr is null; give it a value"]),
    (["--model.n_critic", "null"], ["--model.n_critic is null; give it a value"]),
    (["--model.beta1", "1"], ["beta1 is 1.0; it must be at least 0 and below 1"]),
    (["--data.rooot", "x"], ["no setting --data.rooot", "'--data.root'"]),
    (
        ["--trainer.max_epochx", "3"],
        ["no setting --trainer.max_epochx", "'--trainer.max_epochs'"],
    ),
    (["--model.width", "wide"], ["--model.width is 'wide'", "int"]),
    (["--trainer.max_epochs", "x"], ["--trainer.max_epochs is 'x'", "int"]),
    (["--model.loss", "hing"], ["--model.loss is 'hing'", "hinge", "saturating"]),
    (["--data.root", "no/such/place"], ["no/such/place"]),
    (["--data", "image_folder"], ["--data.root is missing"]),
    (["--data", "image_folder", "--data.root", "."], ["no images in '.'"]),
    (["--model.n_critic", "0"], ["n_critic is 0"]),
    (["--trainer.precision", "16-mixed"], ["16-mixed", "bf16-mixed"]),
    (["--trainer.max_steps", "10"], ["max_steps is 10", "--trainer.max_epochs"]),
    # Next to settings of the trainer alone.
    (["--config", "../trainer.yaml", "--model.widht", "3"], ["did you mean '--model.width'"]),
]
HELPS = [["--model.help", "dcgan"], ["--help_all"]]


# Runs `fit` with one list of words after another, and ends each one's output with its exit code.
ONE_PROCESS = """
import json, sys, traceback
from ganaug.cli.main import main

for words in json.loads(sys.argv[1]):
    try:
        main(["fit", *words])
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        print(f"\\0{code}\\0", end="", file=stream, flush=True)
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What `fit` prints and its exit code, by its words: one process loads the imports once."""
    every = [*(["--model", "dcgan", *flags] for flags, _ in WRONG), *HELPS]
    folder = tmp_path_factory.mktemp("results")
    (folder / "trainer.yaml").write_text("trainer: {max_epochs: 3}\n")
    (folder / "here").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", ONE_PROCESS, json.dumps(every)],
        cwd=folder / "here",
        env={**os.environ, "PYTHONPATH": str(registry.ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    (*out, _), (*errors, _) = (text.split("\0") for text in (done.stdout, done.stderr))
    each = zip(map(int, errors[1::2]), out[::2], errors[::2], strict=True)
    return {
        tuple(words): subprocess.CompletedProcess(words, *one)
        for words, one in zip(every, each, strict=True)
    }


@pytest.mark.parametrize(("flags", "parts"), WRONG)
def test_wrong_flag_takes_a_line_or_two_and_exit_code_2(flags, parts, results):
    result = results["--model", "dcgan", *flags]
    assert result.returncode == 2, result.stderr
    complaints = [line for line in result.stderr.splitlines() if line.strip()]
    assert 1 <= len(complaints) <= 2
    assert complaints[0].startswith("error: ")
    for part in parts:
        assert part in result.stderr


def test_a_wrong_flag_in_a_process_of_its_own(results):
    words = ("--model", "dcgan", "--trainer.max_steps", "10")
    fit = [sys.executable, str(registry.ROOT / "tools" / "fit.py"), *words]
    own = subprocess.run(fit, capture_output=True, text=True, check=False)
    assert (own.returncode, own.stderr) == (2, results[words].stderr)


def test_the_long_helps(results):
    assert expand(["--help_all"]) == ["--help"]
    assert expand(["--model.help", "dcgan"]) == ["--model.help", "ganaug.models.dcgan.DCGAN"]
    assert "Deep convolutional GAN" in results["--model.help", "dcgan"].stdout
    assert "--trainer.max_epochs" in results["--help_all",].stdout
