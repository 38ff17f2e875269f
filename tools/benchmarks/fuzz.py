"""The studies of hostile input: damaged images, settings and plans, thousands of each."""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from benchmarks import hostile_images, hostile_settings
from benchmarks.study import Metrics, Workspace, run_python
from ganaug.cli.tool import error_of_user

IMAGES, CONFIGS, PLANS = 10_000, 600, 2_000
# Seconds after which reading a file counts as hanging, and ends the study.
PATIENCE = 60
PIXELS = 4_000_000
# Always on a single device; a limit of 1 would mean all batches.
BRIEFLY = (
    *("--trainer.max_epochs", "1", "--trainer.limit_train_batches", "2", "--trainer.devices", "1"),
    *("--fidelity.every_epochs", "0", "--trainer.enable_progress_bar", "false"),
)
PLAN = "rose: 300\ntulip: {generator: 20, albumentations: 10}\n"
CONFIG = """\
model:
  class_path: ganaug.models.dcgan.DCGAN
  init_args: {width: 4, loss: hinge, generator_lr: 4.0e-4, schedule: linear, latent_dim: 8,
    grad_clip: 1.0, discriminator_augmentation: adaptive}
data:
  class_path: datamodules.mnist.MNISTDataModule
  init_args: {per_class: {'3': 20, '7': 30}, classes: ['3', '7'], image_size: 16, batch_size: 8,
    augmentation: none, validation: 0.2}
trainer: {max_epochs: 2, devices: 1, accelerator: cpu, precision: 32-true}
grid: {every_epochs: 1}
fidelity: {images: 20}
seed_everything: 3
"""


def images(workspace: Workspace) -> Metrics:
    """Read a folder of damaged files as a fit does, in a separate process."""
    sound, broken = workspace.home / "sound", workspace.home / "broken"
    intact = hostile_images.whole_images()
    _write(sound, intact)
    _write(broken, dict(hostile_images.damaged(workspace.seed, i, intact) for i in range(IMAGES)))
    sound_run, broken_run = (
        _in_process(workspace, "read_folder", folder) for folder in (sound, broken)
    )
    counts = json.loads((workspace.home / "broken.json").read_text(encoding="utf-8"))
    return {
        **counts,
        "seconds": broken_run.seconds,
        "MiB more than sound ones": broken_run.memory - sound_run.memory,
    }


def settings(workspace: Workspace) -> Metrics:
    """Run fit with damaged configurations for a few batches, and read damaged plans."""
    _in_process(workspace, "try_settings", workspace.home / "settings", workspace.seed)
    return json.loads((workspace.home / "settings.json").read_text(encoding="utf-8"))


def _write(folder: Path, files: dict[str, bytes]) -> None:
    (folder / "class").mkdir(parents=True)
    for name, content in files.items():
        (folder / "class" / name).write_bytes(content)


def _in_process(workspace: Workspace, function: str, folder: Path, *arguments: Any) -> Any:
    code = f"import sys; from benchmarks.fuzz import {function} as run; run(*sys.argv[1:])"
    return run_python(workspace.home, "-c", code, folder, *arguments)


def read_folder(folder: str) -> None:
    """Read a folder of images, and write the counts of accepted and unreadable files.

    A file that hangs, or an error other than the folder's report, ends the process.
    """
    from datamodules.image_folder import ImageFolderDataModule

    signal.alarm(PATIENCE + IMAGES // 20)
    data = ImageFolderDataModule(root=folder, image_size=8, max_pixels=PIXELS)
    read_files = {path for split in ("train", "validation", "test") for path in data.paths(split)}
    files = {str(path) for path in Path(folder).rglob("*.*")}
    counts = {
        "files": len(files),
        "read": len(files & read_files),
        "named as unreadable": len(files & data.unreadable.keys()),
        "neither": len(files - read_files - data.unreadable.keys()),
    }
    Path(f"{folder}.json").write_text(json.dumps(counts), encoding="utf-8")


def try_settings(folder: str, seed: str) -> None:
    """Read damaged settings and plans, and write the counts of each outcome."""
    from ganaug.synthesis import read_plan
    from ganaug.training import hardware

    hardware.filter_warnings()
    Path(folder).mkdir()
    os.chdir(folder)
    file = Path("settings.yaml")
    counts = {"rose": 5, "tulip": 7}
    kinds: dict[str, tuple[int, str, Callable[[], Any]]] = {
        "configurations": (CONFIGS, CONFIG, lambda: fit_briefly(file)),
        "plans": (PLANS, PLAN, lambda: read_plan(file, counts, "generator")),
    }
    results: dict[str, int] = {}
    for kind, (count, text, read) in kinds.items():
        outcomes = Counter[str]()
        for number in range(count):
            damaged = hostile_settings.damaged(int(seed), number, [text])
            file.write_text(damaged, encoding="utf-8")
            outcomes[outcome(read)] += 1
        results |= {kind: count, **{f"{kind} {word}": outcomes[word] for word in OUTCOMES}}
    results["code executed"] = int(Path(hostile_settings.MARK).exists())
    Path(f"{folder}.json").write_text(json.dumps(results), encoding="utf-8")


def fit_briefly(settings: Path) -> None:
    """Read settings and, if they are accepted, fit for a few batches."""
    from ganaug.cli.fit_arguments import expand
    from ganaug.training.builder import FitCLI
    from ganaug.training.engine import fit_by_words

    FitCLI(expand(["--config", str(settings)]))
    fit_by_words(expand(["--config", str(settings), *BRIEFLY]))


OUTCOMES = ("accepted", "refused", "with a traceback")


def outcome(read: Callable[[], Any]) -> str:
    """Return the outcome of reading hostile settings; tracebacks are written to the log."""
    signal.alarm(PATIENCE)
    try:
        with (
            Path(os.devnull).open("w", encoding="utf-8") as nowhere,
            redirect_stdout(nowhere),
            redirect_stderr(nowhere),
        ):
            read()
    except Exception as error:
        if error_of_user(error) is not None:
            return "refused"
        print(repr(error), file=sys.stderr)
        return "with a traceback"
    finally:
        signal.alarm(0)
    return "accepted"
