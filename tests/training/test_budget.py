"""What fits into a time budget, and which settings follow from that."""

import time
import warnings
from types import SimpleNamespace

import pytest
import yaml
from lightning.pytorch import LightningModule, Trainer

from datamodules.mnist import MNISTDataModule
from ganaug.cli.fit_arguments import expand
from ganaug.training import checks, pace
from ganaug.training.budget import (
    Pace,
    Plan,
    TooShortError,
    budget_in_seconds,
    plan_kept,
    plan_of,
    refuse_spent,
    settings_of,
)
from ganaug.training.engine import fit_by_words
from ganaug.training.given import end_chosen, given_by_user, layers_of, without_plans
from ganaug.training.planning import fitting_settings
from ganaug.training.words import as_words
from ganaug.utils.errors import UsageError

FAST = Pace(batch=0.1, check=2.0, end=3.0, images=64, epoch=281)


def config(**every):
    groups = {"fidelity": 1, "agreement": 0, "memorization": 1} | every
    settings = {name: SimpleNamespace(every_epochs=each) for name, each in groups.items()}
    settings["save"] = SimpleNamespace(every_minutes=5.0)

    class Settings(SimpleNamespace):
        def __getitem__(self, name):
            return getattr(self, name)

    return Settings(**settings)


@pytest.mark.parametrize(
    "budget", ["10", "-1m", "forever", "", "0s", 10, "1 week", None, "nan m", "9" * 400 + "s"]
)
def test_a_wrong_budget_says_what_is_allowed(budget):
    with pytest.raises(UsageError, match=r"budget is .*; give a time with its unit, such as 90s"):
        budget_in_seconds(budget)


@pytest.mark.parametrize(
    ("budget", "seconds"), [("90s", 90), ("10m", 600), ("1.5h", 5400), (" 2d ", 172_800)]
)
def test_a_budget_has_a_unit(budget, seconds):
    assert budget_in_seconds(budget) == seconds


def test_batches_checks_and_the_end_fill_what_is_left():
    plan = plan_of("10m", 60, FAST)
    # 600 - 60 - 3 = 537 s, of which nine checks before the last take 18.
    assert plan == Plan(600, 5190, 5190 * 64, 2 * 281, 0.1, 2.0, 3.0)
    taken = plan.batches * 0.1 + 9 * 2.0 + 3.0
    assert taken == pytest.approx(540, abs=0.1)


def test_checks_take_no_more_than_their_share():
    plan = plan_of("10m", 60, FAST._replace(check=40.0, end=41.0))
    # 15% of 499 s allow one check, which is the last.
    assert plan.batches == 4990 < plan.part


def test_too_small_a_budget_names_one_that_is_enough():
    with pytest.raises(UsageError, match=r"budget is 20s, .* take 18 seconds; give (\d+)s or more"):
        plan_of("20s", 15, FAST._replace(batch=0.5))
    assert plan_of("30s", 15, FAST._replace(batch=0.5)).batches >= 10


def test_a_budget_that_is_over_is_refused_before_any_batch():
    refuse_spent("20s", 15, 4)
    with pytest.raises(
        TooShortError, match=r"budget is 20s, .* take at least 21 seconds; give 50s"
    ):
        refuse_spent("20s", 20, 1)


def test_a_fit_whose_budget_went_into_loading_trains_nothing(monkeypatch):
    """First by what was spent before, then by what reading the images has taken."""
    data = MNISTDataModule(per_class=16, batch_size=8, validation=0.1)
    monkeypatch.setattr(Trainer, "fit", lambda *_, **__: pytest.fail("trained"))
    words = expand(["--model", "gan", "--budget", "60s"])
    began = time.monotonic()
    with pytest.raises(
        TooShortError, match=r"budget is 60s, .* at least (1 minute|\d\d seconds); give 1\d0s or m"
    ):
        fit_by_words(words, objects={"data": data}, started=began - 60)

    def slow(*_):
        monkeypatch.setattr(time, "monotonic", lambda: began + 70)

    monkeypatch.setattr(checks, "check_data", slow)
    with pytest.raises(TooShortError, match=r"budget is 60s, .* take at least"):
        fit_by_words(words, objects={"data": data}, started=began)


def test_the_ends_of_epochs_come_more_often_where_an_epoch_is_long():
    plan = plan_of("1m", 10, FAST._replace(check=0.2))
    settings = settings_of(plan, FAST, {}, config(), ())
    assert settings == {
        "trainer.max_epochs": -1,
        "trainer.limit_train_batches": plan.part,
        # Whatever the configuration says, of epochs that are longer.
        "trainer.check_val_every_n_epoch": 1,
        "fidelity.every_epochs": 1,
        "memorization.every_epochs": 1,
        "grid.every_epochs": 1,
        "save.every_minutes": 0.1,
    }
    assert 10 * plan.part <= plan.batches < 10 * (plan.part + 1)


def test_short_epochs_are_measured_now_and_then():
    short = FAST._replace(epoch=4)
    plan = plan_of("10m", 60, short)
    settings = settings_of(plan, short, {}, config(), ())
    assert plan.part == 520
    assert settings == {
        "trainer.max_epochs": -1,
        "fidelity.every_epochs": 130,
        "memorization.every_epochs": 130,
        "grid.every_epochs": 130,
        "save.every_minutes": 1.0,
    }


def test_what_counts_images_or_batches_shrinks_with_the_fit_and_never_grows():
    plan = plan_of("1m", 10, FAST)
    model = {"ema_halflife": 20_000, "burn_in_images": 100_000, "warm_up": 3, "kl_warm_up": 2000}
    settings = settings_of(plan, FAST, model, config(), ())
    assert settings["model.ema_halflife"] == int(0.05 * plan.images)
    assert settings["model.burn_in_images"] == int(0.15 * plan.images)
    assert settings["model.kl_warm_up"] == int(0.35 * plan.batches)
    assert "model.warm_up" not in settings


def test_a_setting_of_the_user_stands():
    plan = plan_of("1m", 10, FAST)
    given = {"model.ema_halflife", "fidelity.every_epochs", "save.every_minutes"}
    settings = settings_of(plan, FAST, {"ema_halflife": 20_000}, config(), given)
    assert not given & {*settings}
    assert "trainer.limit_train_batches" not in settings, "they count the data's epochs"


def test_a_kept_plan_takes_another_budget():
    plan = plan_of("10m", 60, FAST)
    assert plan_kept(plan._asdict(), "10m") == plan
    assert plan_kept(plan._asdict(), "20m") == plan._replace(seconds=1200)


def words_of(tmp_path, text, *flags):
    from ganaug.models.registry import config_of

    file = tmp_path / "mine.yaml"
    file.write_text(text)
    return ["--config", str(config_of("dcgan")), "--config", str(file), *flags]


@pytest.mark.parametrize(
    ("text", "flags", "chosen"),
    [
        ("grid: {columns: 4}", ["--budget", "10m"], "budget"),
        ("grid: {columns: 4}", ["--trainer.max_epochs=3"], "other"),
        ("budget: 5m", ["--trainer.max_epochs", "3"], "other"),
        ("trainer: {max_epochs: 3}", ["--budget", "10m"], "budget"),
        ("trainer: {max_time: 00:00:01:00}", [], "other"),
        ("budget: 5m\ntrainer: {max_epochs: -1}", [], "budget"),
        ("budget: 5m", ["--trainer.max_time", "null"], "budget"),
        ("budget: 5m", ["--trainer.fast_dev_run", "true"], "other"),
        ("budget: 5m", ["--trainer.fast_dev_run", "0"], "budget"),
        ("trainer: {max_epochs: 3}", ["--trainer.max_epochs", "-1"], "budget"),
        ("budget: null", ["--trainer.max_epochs", "3"], "other"),
        ("budget: null", ["--trainer.max_epochs", "-1"], "none"),
        ("grid: {columns: 4}", ["--budget", "null", "--patience", "5"], "none"),
    ],
)
def test_the_end_that_was_set_last_counts(tmp_path, text, flags, chosen):
    expected = {
        "budget": ["--trainer.max_epochs", "-1", "--trainer.max_time", "null"],
        "other": ["--budget", "null"],
        "none": [],
    }
    assert end_chosen(words_of(tmp_path, text, *flags)) == expected[chosen]


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("budget: null", []),
        ("grid: {columns: 4}", ["--budget", "null"]),
        ("budget: 5m\ntrainer: {max_epochs: -1}", ["--budget", "null"]),
        ("patience: 5", ["--budget", "null", "--patience", "null"]),
        ("grid: {columns: 4}", ["--budget", "null", "--trainer.fast_dev_run", "false"]),
    ],
)
def test_a_fit_without_an_end_is_refused(tmp_path, text, flags):
    with pytest.raises(UsageError, match=r"nothing else ends the fit: set trainer\.max_epochs, "):
        end_chosen(words_of(tmp_path, text, *flags))


@pytest.mark.parametrize("other", ["max_epochs", "max_time", "fast_dev_run"])
def test_two_ends_at_once_are_refused_by_name(tmp_path, other):
    flags = ["--budget", "10m", f"--trainer.{other}", "3"]
    with pytest.raises(UsageError, match=rf"budget is 10m and trainer\.{other} is 3.*one of them"):
        end_chosen(words_of(tmp_path, "grid: {columns: 4}", *flags))


def test_a_models_own_configuration_is_not_the_users(tmp_path):
    text = "model: {class_path: DCGAN, init_args: {latent_dim: 9}}\ndata: {init_args: {root: x}}"
    words = words_of(tmp_path, text, "--model.init_args.width", "4", "--grid.columns=3")
    assert given_by_user(words) >= {"model.latent_dim", "data.root", "model.width", "grid.columns"}
    assert "model.generator_lr" not in given_by_user(words)


def test_a_size_leaves_what_the_user_gave():
    size = {"below_images": 1000, "model.width": 8, "data.batch_size": 16}
    assert fitting_settings(size, {"model.width"}, {}) == {"data.batch_size": 16}
    assert fitting_settings(size, set(), {"data": object()}) == {"model.width": 8}
    assert as_words({"model.width": 8, "model.loss": "hinge", "plan": {"part": 3}}) == [
        *("--model.width", "8", "--model.loss", "hinge"),
        *("--plan", '{"part": 3}'),
    ]
    for below in ({}, {"below_images": float("nan")}):
        with pytest.raises(UsageError, match=r"sizes has .*give each below_images"):
            fitting_settings({"model.width": 8, **below}, set(), {})


def test_settings_of_a_planned_run_are_those_before_its_plan(tmp_path):
    made = {
        "model.ema_halflife": [10_000, 300],
        "model.width": [64, 24],
        "trainer.limit_train_batches": [None, 40],
        "data.batch_size": [64, 32],
    }
    plan = {**plan_of("10m", 60, FAST)._asdict(), "settings": made}
    model = {"class_path": "DCGAN", "init_args": {"ema_halflife": 300, "width": 48, "seed": 1}}
    data = {"class_path": "X", "init_args": {"batch_size": 32, "classes": ["yes", "1e3"]}}
    settings = {"model": model, "data": data, "trainer": {"limit_train_batches": 40}}
    run = tmp_path / "config.yaml"
    run.write_text(yaml.safe_dump({**settings, "budget": "10m", "plan": plan}))
    words = without_plans(["--config", str(run), "--budget", "5m"])
    before, own, flags = layers_of(words)
    assert before["model.ema_halflife"] == 10_000
    assert before["data.batch_size"] == 64
    assert before["trainer.limit_train_batches"] is None
    assert before["data.classes"] == ["yes", "1e3"]
    assert "plan" not in {name.partition(".")[0] for name in (*before, *own)}
    assert own["model.width"] == 48, "edited since"
    assert not {"model.ema_halflife", "trainer.limit_train_batches", "data.batch_size"} & {*own}
    assert flags == {"budget": "5m"}
    assert given_by_user(words) == {*own, "budget"}
    assert plan_kept(plan, "10m") == plan_of("10m", 60, FAST)
    resumed = ["--config", str(run), "--resume", "last.ckpt"]
    assert without_plans(resumed) == resumed


def test_a_measurement_of_the_pace_warns_of_nothing(recwarn):
    trainer = SimpleNamespace(fit=lambda *_, **__: warnings.warn("copies", stacklevel=1))
    built = SimpleNamespace(trainer=trainer, model=LightningModule(), datamodule=None)
    pace._fit_and_test(built)
    assert not recwarn.list


def test_a_setting_of_the_same_name_that_is_no_number_is_kept():
    plan = plan_of("10m", 10, FAST)
    settings = settings_of(plan, FAST, {"warm_up": (1, 2), "kl_warm_up": "long"}, config(), ())
    assert not any(name.startswith("model.") for name in settings)
