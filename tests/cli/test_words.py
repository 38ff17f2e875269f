"""The words of the command line, and what is said when one is wrong."""

import os
import subprocess
import sys
import time
from argparse import ArgumentParser

import pytest

from ganaug.cli.fit_arguments import expand, help_text
from ganaug.cli.options import with_options
from ganaug.models import registry
from ganaug.training.run import find_run
from ganaug.training.setting_errors import error_message, options
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill

FIT = registry.ROOT / "tools" / "fit.py"


def fit(*words):
    return subprocess.run(
        [sys.executable, str(FIT), *words], capture_output=True, text=True, check=False
    )


def test_models_and_data_are_found_by_their_files():
    assert registry.models()["dcgan"] == "ganaug.models.dcgan.DCGAN"
    assert registry.data_modules() == {
        "image_folder": "datamodules.image_folder.ImageFolderDataModule",
        "mnist": "datamodules.mnist.MNISTDataModule",
        "unpaired_digits": "datamodules.unpaired_digits.UnpairedDigitsDataModule",
        "unpaired_folders": "datamodules.unpaired_folders.UnpairedFoldersDataModule",
    }


def test_model_becomes_its_configuration_ahead_of_everything_else():
    words = expand(["--trainer.max_epochs", "3", "--model", "dcgan", "--data=mnist"])
    assert words == [
        *("--config", str(registry.CONFIGS / "dcgan.yaml"), "--trainer.max_epochs", "3"),
        *("--data", "datamodules.mnist.MNISTDataModule"),
    ]


def test_flags_override_a_configuration_that_stands_behind_them():
    recipe = str(registry.CONFIGS / "recipes" / "sunflowers_mlp.yaml")
    words = expand(["--data.root", "photos", "--config", recipe, "--model", "gan"])
    assert words == [
        *("--config", str(registry.CONFIGS / "gan.yaml"), "--config", recipe),
        *("--data.root", "photos"),
    ]


def test_a_file_of_another_model_is_refused(tmp_path):
    recipe = str(registry.CONFIGS / "recipes" / "gan_mnist.yaml")
    for words in (["--config", recipe, "--model", "dcgan"], ["--model=dcgan", "--config", recipe]):
        with pytest.raises(UsageError) as caught:
            expand(words)
        assert str(caught.value) == (
            f"--model dcgan and --config {recipe} name two models, and the file's is "
            "ganaug.models.gan.GAN; leave out --model, or give a file of dcgan"
        )
    for number, text in enumerate(["model: ganaug.models.vae.VAE\n", "model: {class_path: VAE}\n"]):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text)
        assert expand(["--config", str(file), "--model", "vae"])[-1] == str(file)
        with pytest.raises(UsageError, match=r"the file's is (ganaug.models.vae.)?VAE;"):
            expand(["--config", str(file), "--model", "wgan-gp"])


@pytest.mark.parametrize("text", ["", "trainer: {max_epochs: 1}", "model: {init_args: {}}", "[1]"])
def test_a_file_without_a_model_goes_with_any(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text)
    assert expand(["--model", "gan", "--config", "a.yaml"])[-1] == "a.yaml"


def test_a_folder_of_images_needs_no_data_module(tmp_path):
    fill(tmp_path / "photos" / "rose", 1)
    config = ["--config", str(registry.CONFIGS / "r3gan.yaml")]
    root = ["--data.root", str(tmp_path / "photos")]
    folder = ["--data", "datamodules.image_folder.ImageFolderDataModule"]
    assert expand(["--model", "r3gan", *root]) == [*config, *folder, *root]
    mnist = ["--data", "datamodules.mnist.MNISTDataModule"]
    assert expand(["--model", "r3gan", "--data", "mnist", *root]) == [*config, *mnist, *root]
    missing = ["--data.root", str(tmp_path / "missing")]
    assert expand(["--model", "r3gan", *missing]) == [*config, *folder, *missing]
    download = ["--data.download", "true"]
    assert expand(["--model", "r3gan", *missing, "--download"]) == [*config, *missing, *download]


@pytest.mark.parametrize("place", ["", "raw", "MNIST/raw"])
def test_a_folder_of_mnist_needs_no_data_module(tmp_path, place):
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    (tmp_path / place / "train-images-idx3-ubyte.gz").touch()
    words = ["--data.root", str(tmp_path)]
    assert expand(["--model", "r3gan", *words])[2:] == words
    assert expand(["--model", "r3gan", "--data.root", "null"])[2:] == ["--data.root", "null"]


def test_a_folder_to_download_mnist_to_needs_no_data_module(tmp_path):
    words = ["--data.root", str(tmp_path), "--data.download", "true"]
    assert expand(["--model", "r3gan", *words])[2:] == words


def test_a_budget_can_be_taken_away():
    assert expand(["--model", "dcgan", "--budget", "null"])[2:] == ["--budget", "null"]


def test_model_names_are_read_as_people_write_them():
    assert expand(["--model", "DCGAN"]) == expand(["--model", "dcgan"])


def test_wrong_model_is_named_within_a_second():
    before = os.times().children_user
    result = fit("--model", "dcgam")
    # Of the processor's time, since the machine may be busy with other tests.
    assert os.times().children_user - before < 1
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == (
        f"error: model 'dcgam' is not one of {', '.join(sorted(registry.models()))}; "
        "did you mean 'dcgan'? If a plugin defines it, import its module first (--plugins)\n"
    )


def test_help_fits_a_screen_and_shows_models_and_an_example():
    text = help_text()
    assert len(text.splitlines()) < 50
    assert all(name in text for name in registry.models())
    assert "python tools/fit.py --model dcgan --data image_folder" in text
    assert fit("--help").stdout == text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--model.width", "8"], "which model"),
        (["--model", "dcgan", "--data", "imagefolder"], "did you mean 'image_folder'"),
        (["--model", "gan", "--resume", "nowhere"], "there is no checkpoint"),
        (["--resume"], "there is no run to resume in"),
    ],
)
def test_wrong_words(words, message):
    with pytest.raises(UsageError, match=message):
        expand(words)


def test_options_of_the_model_named_on_the_command_line():
    words = expand(["--model", "dcgan"])
    assert "--model.width" in options("model", words)
    assert "--model.n_critic" in options("model", words)
    assert "--model.game" not in options("model", words)
    assert "--model.width" not in options("model", expand(["--model", "gan"]))


def test_an_unforeseen_message_is_passed_on_in_one_line():
    assert str(error_message("some\n  odd   thing", None, [])) == "some odd thing"


def test_a_stray_word_is_quoted_whole():
    said = str(error_message("Unrecognized arguments: my photos", None, []))
    assert said == "'my photos' belongs to no option; quote values with spaces"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("balance", "there is no setting balance; did you mean '--data.balance'?"),
        ("qqq", "there is no setting qqq; the help shows all"),
    ],
)
def test_an_option_without_its_group(option, said):
    message = f"Unrecognized arguments: --{option} 1"
    words = [*expand(["--model", "gan"]), "--data", registry.data_modules()["image_folder"]]
    assert with_options(str(error_message(message, ArgumentParser(), words))) == said


def test_resume_finds_the_latest_run(tmp_path):
    for version in ("version_0", "version_1"):
        run = tmp_path / "runs" / "dcgan" / version
        (run / "checkpoints").mkdir(parents=True)
        (run / "checkpoints" / "last.ckpt").touch()
        (run / "config.yaml").touch()
        time.sleep(0.02)
    run, checkpoint = find_run(None)
    assert run.name == "version_1"
    assert checkpoint.name == "last.ckpt"
    assert find_run(tmp_path / "runs" / "dcgan" / "version_0")[0].name == "version_0"
    (run / "config.yaml").write_text("model: {class_path: ganaug.models.dcgan.DCGAN}\n")
    assert expand(["--model", "dcgan", "--resume"])[-2:] == ["--resume", str(checkpoint)]
    with pytest.raises(UsageError, match=r"the run.s is ganaug\.models\.dcgan\.DCGAN; leave"):
        expand(["--model", "gan", "--resume"])


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("[" * 100_000, "nested deeper than 50"),
        ("- " * 3000, "nested deeper than 50"),
        (f"a: {'{b: ' * 1000}", "nested deeper than 50"),
        ("!!timestamp x", "the tag .*timestamp is not allowed"),
        ("{a: 0x_}", "0x_ is no whole number"),
        ("9" * 5000, "9+... is no whole number"),
        ("\udcff", "is not text in UTF-8"),
    ],
)
def test_a_value_that_would_fail_the_parser_is_named(value, reason):
    with pytest.raises(UsageError, match=rf"^--data\.per_class .*{reason}") as caught:
        expand(["--model", "gan", "--data.per_class", value])
    assert "\n" not in str(caught.value)


def test_a_range_may_begin_below_zero():
    words = ["--data.window=-1024,3071"]
    assert expand(["--model", "gan", "--data.window", "-1024,3071"])[-1:] == words


@pytest.mark.parametrize("value", ["!photos", "*.png", "[a] b", "00:01:00:00", "- - x", "a: b: c"])
def test_plain_text_is_left_to_the_parser(value):
    assert expand(["--model", "gan", "--data.root", value])[-1] == value


def test_a_configuration_that_would_fail_the_parser_is_named(tmp_path):
    (tmp_path / "x.yaml").write_text("model: {}\ntrainer: {max_epochs: 0b_}\n")
    with pytest.raises(UsageError, match=r"^--config .*x\.yaml can't be read: line 2: 0b_ is no"):
        expand(["--config", str(tmp_path / "x.yaml")])
