"""Expanding fit's short arguments, such as `--model dcgan` and `--resume`, for LightningCLI."""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from datamodules.reading.folders.class_names import expanded
from datamodules.reading.mnist_files import mnist_folders
from ganaug.cli.options import HYPHENATED
from ganaug.cli.words import pairs
from ganaug.models.registry import choose, config_of, data_modules, models, summary
from ganaug.training.budget import budget_in_seconds
from ganaug.training.class_settings import NAMED, file_with_names_as_text, names_as_text
from ganaug.training.run import find_run
from ganaug.training.setting_files import current
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_yaml import NotYamlError, check_numbers, check_yaml, load_yaml, yaml_text

# Values that YAML reads as a list, a mapping or a tag; a path such as !a or *b is text.
NOT_PLAIN = re.compile(r"^\s*(?:[\[{&]|[-?]\s|!!|!<)|:\s", re.MULTILINE)
MINUS = re.compile(r"-\S")
MNIST = "datamodules.mnist.MNISTDataModule"
UNDERSCORED = {option: setting for setting, option in HYPHENATED.items()}

HELP = """\
usage: python tools/fit.py --model NAME [--data NAME] [--data.root DIR] [--GROUP.OPTION VALUE ...]

Fits a generative model on images and prints where the checkpoint, curves and video are.

models:
{models}

data (default: from the model's configuration; image_folder if --data.root doesn't hold MNIST):
  {data}

common options:
  --data.root DIR             folder of the images (mnist: of the full dataset)
  --download                  download the full MNIST into --data.root if it is not there
  --data.image_size N         side of the images in pixels
  --data.per_class N          keep N training images of each class (or {{class: N}} by class)
  --data.augmentation NAME    augment real images: none, light, mirror, elastic, strong, trivial,
                              rand, or a file
  --model.conditional WHICH   auto, true or false: whether the class is an input of the model
  --model.OPTION VALUE        latent_dim, loss, generator_lr, ... (--model.help NAME lists them)
  --budget 10m                time for the whole fit (or 90s, 8h, 2d); measures the speed first
  --trainer.max_epochs N      how long to train; also --trainer.max_time 8h
  --patience N                stop after N evaluations without a better checkpoint
  --trainer.devices N         number of devices (on the CPU: processes)
  --threads N                 threads of each process (default: one per idle processor)
  --seed_everything N         random seed
  --grid, --video, --fidelity, --agreement, --memorization, --stability .OPTION   monitoring
  --config FILE               read settings from a file; flags override them
  --print_config              print all settings and exit
  --init-from RUN             start from the weights of a fitted model, even of other classes
  --freeze-discriminator-layers N   freeze the first N layers of the discriminator
  --resume [RUN]              continue a run (its folder or a checkpoint); default: the latest
  --save.every_minutes N      how often to write last.ckpt within epochs; Ctrl-C always saves
  --help_all                  show every option

examples:
  python tools/fit.py --model dcgan
  python tools/fit.py --model dcgan --data image_folder --data.root photos --data.image_size 64
"""


def help_text() -> str:
    """Return the short help, which fits on one screen."""
    rows = "\n".join(f"  {name:<12}{summary(name)}" for name in models())
    return HELP.format(models=rows, data=", ".join(data_modules()))


def expand(arguments: Sequence[str]) -> list[str]:
    """Expand short arguments to those of LightningCLI, and check names.

    `--model NAME` becomes `--config configs/NAME.yaml`, before all other settings. Files given by
    `--config` come next, so that flags override them in any order. `--data NAME` becomes the data
    module's class path, and `--resume` the run's configuration and checkpoint.

    Raises:
        UsageError: A name is unknown, a run doesn't exist, or --model and a file name two models.
    """
    options = pairs(arguments)
    if "--help_all" in dict(options):
        return ["--help"]
    names = [value for word, value in options if word == "--model" and value and "." not in value]
    ahead: list[str] = []
    files: list[str] = []
    behind: list[str] = []
    for word, value in options:
        name = value if value and "." not in value else ""  # a value with a dot is a class path
        if word == "--model" and name:
            config = config_of(_file_name(name))
            ahead += ["--config", str(config)] if config else [word, models()[_file_name(name)]]
        elif word == "--data" and name:
            modules = data_modules()
            behind += [word, modules[choose("data", _file_name(name), modules)]]
        elif word in ("--model.help", "--data.help") and name:
            classes = models() if word == "--model.help" else data_modules()
            behind += [word, classes[choose(word[2:-5], name.lower(), classes)]]
        elif word == "--download":
            behind += ["--data.download", value or "true"]
        elif word == "--config":
            _refuse_another_model(names, Path(value or ""), "file", f"{word} {value}")
            files += [word, str(file_with_names_as_text(Path(str(value))))]
        elif word == "--resume":
            run, checkpoint = find_run(Path(value) if value else None)
            settings = run / "config.yaml"
            _refuse_another_model(names, settings, "run", f"{word} {value or ''}".rstrip())
            ahead += ["--config", str(file_with_names_as_text(current(settings)))]
            behind += ["--resume", str(checkpoint)]
        else:
            behind += _setting(UNDERSCORED.get(word, word), value)
    expanded = [*ahead, *files, *_data_of_folder(options, ahead), *behind]
    flags = {word for word in expanded if word.startswith("--")}
    if not (flags & {"--config", "--model", "--help"} or any(f.endswith(".help") for f in flags)):
        raise UsageError(
            f"which model? --model {' | '.join(models())} (python tools/fit.py --help shows more)"
        )
    return expanded


def _setting(word: str, value: str | None) -> list[str]:
    """Return the words of an option and its value, checked, for the parser."""
    if not value:
        return [word] if value is None else [word, value]
    _check_value(value, word)
    is_names = word.partition(".")[2].removeprefix("init_args.") in NAMED
    value = names_as_text(value, word) if is_names else expanded(value)
    # As a separate word, the parser would read -1024,3071 or -1m as a flag.
    return [f"{word}={value}"] if MINUS.match(value) else [word, value]


def _data_of_folder(options: Sequence[tuple[str, str | None]], ahead: Sequence[str]) -> list[str]:
    """Return the words that select image_folder for a folder without MNIST files, given alone."""
    root = dict(options).get("--data.root") or "null"
    conflicting = {"--data", "--config", "--resume", "--download", "--data.download"}
    if conflicting & dict(options).keys() or root == "null":
        return []
    if ahead[:1] != ["--config"] or MNIST not in yaml_text(Path(ahead[1]), "--model"):
        return []
    is_mnist = any(any(p.glob("*-ubyte*")) for p in mnist_folders(Path(expanded(root))))
    return [] if is_mnist else ["--data", data_modules()["image_folder"]]


def _refuse_another_model(names: Sequence[str], file: Path, kind: str, option: str) -> None:
    """Refuse a configuration of another model than `--model`.

    Args:
        names: Names given by `--model`.
        file: The configuration.
        kind: Origin of the configuration, file or run.
        option: The option that gave it, with its value.
    """
    text = yaml_text(file, option.partition(" ")[0])
    check_numbers(text, option)
    file_model = _model_in(text, option)
    for name in names:
        class_path = models().get(_file_name(name), file_model)
        if file_model and file_model.rpartition(".")[2] != class_path.rpartition(".")[2]:
            raise UsageError(
                f"--model {name} and {option} name two models, and the {kind}'s is {file_model}; "
                f"leave out --model, or give a {kind} of {name}"
            )


def _check_value(value: str, word: str) -> None:
    """Refuse a command-line value that would harm or crash the parser."""
    if not value.isprintable() and any("\ud800" <= character <= "\udfff" for character in value):
        raise UsageError(f"{word} {value!r} is not text in UTF-8; rename what it names")
    with suppress(NotYamlError):  # it may be plain text; otherwise, the parser reports it
        if NOT_PLAIN.search(value):
            check_yaml(value, word)
        check_numbers(value, word)
    if word == "--budget" and value != "null":
        budget_in_seconds(value)  # here, since reading the images takes longer


def _model_in(text: str, option: str) -> str:
    """Return the class path of the model in a configuration; empty if it has none."""
    settings = load_yaml(text, option)
    model = settings.get("model") if isinstance(settings, dict) else None
    class_path = model.get("class_path") if isinstance(model, dict) else model
    return class_path if isinstance(class_path, str) else ""


def _file_name(name: str) -> str:
    """Return a name in the form of a model's or data module's file name."""
    return name.lower().replace("-", "_")
