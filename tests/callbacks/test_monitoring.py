"""A short fit leaves the curves, pictures and checkpoints that the README promises."""

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from ganaug.callbacks.best_checkpoint import BestCheckpoint
from ganaug.evaluation.monitor import DEFAULT_METRICS
from ganaug.models.registry import config_of
from ganaug.training.builder import FitCLI

FLAGS = [
    *("--model.width", "4", "--data.per_class", "40", "--data.batch_size", "20"),
    *("--data.epoch_images", "1"),
    *(
        "--trainer.max_epochs",
        "3",
        "--trainer.max_time",
        "null",
        "--trainer.log_every_n_steps",
        "5",
    ),
    *(
        "--trainer.enable_progress_bar",
        "false",
        "--fidelity.images",
        "200",
        "--stability.images",
        "40",
    ),
    *("--video.format", "gif"),
]
BATCHES = 3 * (400 // 20)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("monitored")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("GANAUG_CACHE", str(folder / "cache"))
        cli = FitCLI(["--config", str(config_of("dcgan")), *FLAGS])
        cli.trainer.fit(cli.model, datamodule=cli.datamodule)
    return folder / "runs" / "dcgan" / "version_0"


@pytest.fixture(scope="module")
def events(run):
    accumulator = EventAccumulator(str(run), size_guidance={"scalars": 0, "images": 0})
    accumulator.Reload()
    return accumulator


def test_every_promised_curve_is_there(events):
    promised = {
        f"{player}/{name}"
        for player in ("generator", "discriminator")
        for name in ("loss", "gradient_norm")
    }
    promised |= {"discriminator/accuracy", "discriminator/logit_real", "discriminator/logit_fake"}
    promised |= {
        "speed/images_per_second",
        "fidelity/domain_fid",
        "fidelity/domain_is",
        "fidelity/domain_kid",
        "stability/diversity",
        "memorization/copies",
        "memorization/nearer_than_held_out",
    }
    promised |= {
        f"fidelity/domain_{name}" for name in ("precision", "recall", "density", "coverage")
    }
    assert promised <= set(events.Tags()["scalars"])


def test_curves_and_pictures_are_drawn_against_batches(events):
    losses = [event.step for event in events.Scalars("generator/loss")]
    assert losses == list(range(4, BATCHES, 5))
    assert [event.step for event in events.Scalars("fidelity/domain_fid")] == [19, 39, 59]
    assert [event.step for event in events.Images("samples")] == [0, 19, 39, 59]


def test_every_figure_is_finite(events):
    for tag in events.Tags()["scalars"]:
        values = torch.tensor([event.value for event in events.Scalars(tag)])
        assert torch.isfinite(values).all(), tag


def test_sheets_have_a_row_a_class_and_make_a_film(run):
    sheets = sorted((run / "samples").glob("*.png"))
    assert [int(path.stem.removeprefix("batch_")) for path in sheets] == [0, 20, 40, 60]
    with Image.open(sheets[-1]) as sheet:
        pixels = np.asarray(sheet.convert("L"))
        # Digits of 28 pixels are shown three times as large, a name to the left, when below.
        left = sheet.width - (8 * 86 - 2)
        assert sheet.height == 10 * 86 - 2 + 19
        assert 10 < left < 40
        for row in range(10):
            assert pixels[row * 86 : row * 86 + 84, :left].max() > 150
        digit = pixels[:84, left : left + 84]
        assert (digit == digit[::3, ::3].repeat(3, axis=0).repeat(3, axis=1)).all()
    with Image.open(run / "samples.gif") as film:
        assert film.n_frames == 4


def test_checkpoints_are_last_and_best_by_fid(run, events):
    best = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)
    last = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    scores = [event.value for event in events.Scalars("fidelity/domain_fid")]
    assert best["epoch"] == scores.index(min(scores))
    assert last["epoch"] == 3
    assert sorted(path.name for path in (run / "checkpoints").iterdir()) == [
        "best.ckpt",
        "last.ckpt",
    ]


def test_a_metric_is_added_to_the_usual_ones(run, monkeypatch):
    monkeypatch.chdir(run)
    cli = FitCLI(["--config", str(config_of("dcgan")), *FLAGS, "--fidelity.metrics+", "c2st"])
    assert cli.config_init.fidelity.metrics == [*DEFAULT_METRICS, "c2st"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fidelity.every_epochs", "5"], "fidelity is never measured: .* is 5, and .* after 3"),
        (["--agreement.every_epochs", "4"], "agreement is never measured"),
        (["--fidelity.every_epochs", "0", "--fidelity.by_class", "true"], "by_class are not read"),
        (["--fidelity.every_epochs", "0", "--fidelity.metrics+", "c2st"], "metrics and .* not rea"),
    ],
)
def test_metrics_that_will_not_be_measured_are_said(run, monkeypatch, words, said):
    monkeypatch.chdir(run)
    with pytest.warns(UserWarning, match=said):
        FitCLI(["--config", str(config_of("dcgan")), *FLAGS, *words])


BY_IMAGENET = ["--fidelity.features", "imagenet", "--agreement.every_epochs", "1"]


@pytest.mark.parametrize(
    ("words", "said", "measured"),
    [
        ([], "fidelity and copies are not .* best.ckpt not written: images of 8 px", False),
        (BY_IMAGENET, "^agreement is not measured: images of 8 px", True),
    ],
)
def test_only_what_takes_another_size_is_left_out(run, monkeypatch, words, said, measured):
    monkeypatch.chdir(run)
    words = [*FLAGS, "--data.image_size", "8", *words]
    with pytest.warns(UserWarning, match=said) as caught:
        cli = FitCLI(["--config", str(config_of("dcgan")), *words])
    assert len([each for each in caught if "not measured" in str(each.message)]) == 1
    settings = cli.config_init
    assert (
        bool(settings.fidelity.every_epochs) is bool(settings.memorization.every_epochs) is measured
    )
    assert not settings.agreement.every_epochs
    assert any(isinstance(each, BestCheckpoint) for each in cli.trainer.callbacks) is measured


def test_settings_are_saved(run):
    assert "width: 4" in (run / "config.yaml").read_text()


def test_settings_and_last_metrics_are_a_row_of_the_hyperparameters(events):
    content = events.PluginTagToContent("hparams")["_hparams_/session_start_info"]
    settings = HParamsPluginData.FromString(content).session_start_info.hparams
    assert settings["model/width"].number_value == 4
    assert settings["data/batch_size"].number_value == 20
    for name in ("fidelity/domain_fid", "stability/diversity", "memorization/copies"):
        (noted,) = events.Scalars(f"hp/{name}")
        assert noted.value == pytest.approx(events.Scalars(name)[-1].value)
