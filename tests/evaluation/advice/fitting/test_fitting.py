"""Models that `advise` fits: tiny ones, for a few batches."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from lightning.pytorch import Callback
from PIL import Image

from datamodules.errors import DataError
from ganaug.cli.advise import main as command_line
from ganaug.cli.tool import run_tool
from ganaug.evaluation.advice.advise import advise
from ganaug.evaluation.advice.jobs.jobs import Jobs
from ganaug.evaluation.advice.search.plan import PLANS
from ganaug.evaluation.advice.trainings.pace import Pace
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.choosing import chosen_classifiers
from ganaug.models.registry import models
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.training import engine
from ganaug.training.budget import TooShortError
from ganaug.training.model_and_data import chosen_model
from ganaug.training.stop_signals import RunStoppedError
from ganaug.utils.errors import UsageError
from helpers import image_folders
from helpers.quick_classifiers import RIDGE
from helpers.quick_fits import tiny_fit
from helpers.quick_searches import QUICK, Killed, digits, fitting

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def bench():
    data = digits()
    classifiers = {RIDGE: chosen_classifiers(RIDGE, data.images("train")[0])[0]}
    return Workbench(data, classifiers, lambda *_: None)


def content(out, name="dcgan"):
    folder = out / "fitted" / name / "images"
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.png")}


def test_a_fitted_set_takes_part_like_any_other(fits, tmp_path):
    given = {**QUICK, "out": tmp_path / "advice", "fit": "dcgan"}
    advice = advise(digits(), **given, budget="10m")
    assert any(each.candidate.synthetic == "dcgan" for each in advice.tried)
    assert advice.roles["the best with dcgan"].synthetic == "dcgan"
    assert advice.roles["the best with dcgan"] in advice.tested
    (own,) = fits
    assert (own["budget"], own["seed"]) == ("300s", 0)
    facts = advice.facts["fitted"]["dcgan"]
    assert facts == {"seconds": 300, "run": "runs/dcgan/dcgan/version_0", "images": 600}
    said = "dcgan was fitted for 5 minutes on all training images, including those that"
    assert said in " ".join(advice.sentences)
    # A resumed search keeps its decisions.
    assert advise(digits(), **given, budget="1h").to_dict() == advice.to_dict()
    assert len(fits) == 1


def test_models_share_half_of_the_budget(fits, bench, tmp_path):
    both = fitting(["dcgan", "dagan"], bench, tmp_path, 1200)
    paths = both.make()
    assert paths == [tmp_path / "fitted" / "dagan", tmp_path / "fitted" / "dcgan"]
    assert [each["budget"] for each in fits] == ["300s", "300s"]
    # dagan learns from pairs, and its configuration asks for them.
    assert [each["data"].batch_kind for each in fits] == ["paired", "plain"]
    for path in paths:
        made = SyntheticDataset.open(path)
        assert made.counts == {"3": 300, "8": 300}
        assert made.class_names == ("3", "8")


class Kill(Callback):
    """Ends a fit after five of its eight batches, the last of which was not saved."""

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        if batch_idx == 4:
            raise Killed


def test_a_stopped_fit_resumes_bit_for_bit(fits, bench, monkeypatch, tmp_path):
    assert fitting(["dcgan"], bench, tmp_path / "whole", 600).make()
    with monkeypatch.context() as patch:
        patch.setattr(engine, "fit", partial(tiny_fit, callbacks=[Kill()]))
        with pytest.raises(Killed):
            fitting(["dcgan"], bench, tmp_path / "killed", 600).make()
    again = fitting(["dcgan"], bench, tmp_path / "killed", 6000)
    assert again.make()
    assert fits[-1]["resume"].name == "last.ckpt"
    assert content(tmp_path / "killed") == content(tmp_path / "whole")
    assert again.facts["dcgan"]["seconds"] == 300


def test_a_set_whose_process_was_killed_is_written_without_another_fit(
    fits, bench, monkeypatch, tmp_path
):
    def killed(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("ganaug.synthesis.synthesize.synthesize", killed)
        with pytest.raises(Killed):
            fitting(["dcgan"], bench, tmp_path, 600).make()
    assert fitting(["dcgan"], bench, tmp_path, 600).make()
    assert len(fits) == 1
    assert len(content(tmp_path)) == 600


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["dcgna"], r"fit 'dcgna' is not one of .*; did you mean 'dcgan'"),
        (["cyclegan"], r"fit cyclegan: CycleGAN needs both classes in each batch"),
        (["sgan"], r"fit sgan: it labels unlabeled images, and there are none; give `unlabelled`"),
        (["dcgan", "nothing"], r"fit 'nothing' is not one of"),
    ],
)
def test_models_that_do_not_suit_are_refused_before_anything_is_fitted(
    names, message, bench, tmp_path
):
    with pytest.raises(UsageError, match=message):
        fitting(names, bench, tmp_path / "advice", 600)
    assert not (tmp_path / "advice").exists()


@pytest.mark.parametrize("name", sorted(models().keys() - {"sgan", "cyclegan", "projected"}))
def test_conditional_models_can_be_fitted(name, bench, tmp_path):
    (model,) = fitting([name], bench, tmp_path, 600).models
    assert (model.draws, model.set_name) == (True, name)


def test_an_unconditional_model_is_refused(bench, monkeypatch, tmp_path):
    own = {"model": {"init_args": {"conditional": False}}}
    monkeypatch.setattr("ganaug.training.model_and_data._settings_of", lambda _: own)
    with pytest.raises(UsageError, match=r"fit dcgan: it can't generate images of a given class"):
        fitting(["dcgan"], bench, tmp_path, 600)


def test_too_few_images_for_a_model_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"fit dagan: .*no class has two images"):
        advise(digits(per_class=1, validation=0.0), out=tmp_path, fit="dagan", **QUICK)


def test_a_budget_that_is_too_short_says_what_suffices(bench, monkeypatch, tmp_path):
    def too_short(*_, **__):
        raise TooShortError("budget is 15s; give 40s or more", 40)

    monkeypatch.setattr(engine, "fit", too_short)
    message = r"fit dagan: it takes at least 40s, and .* is 15s; give `budget` 160s or more"
    with pytest.raises(UsageError, match=message):
        fitting(["dcgan", "dagan"], bench, tmp_path, 60).make()
    monkeypatch.setattr(engine, "fit", tiny_fit)
    fitting(["vae"], bench, tmp_path, 160).refuse_other_search(tmp_path / "none")
    again = fitting(["dcgan", "dagan"], bench, tmp_path, 160)
    # The refused call stored no plan.
    assert again.make()
    assert [own["seconds"] for own in again.facts.values()] == [40, 40]


def test_a_folder_of_another_search_is_refused_before_anything_is_fitted(fits, bench, tmp_path):
    jobs = Jobs(tmp_path / "search.journal", {})
    jobs.finish(jobs.claim(["plan"]), {})
    with pytest.raises(UsageError, match=r"fit: .* holds a search without fitted models"):
        advise(digits(), out=tmp_path, fit="dcgan", **QUICK)
    assert not fits
    assert fitting(["dcgan"], bench, tmp_path, 600).make()
    for name, seed in (("dagan", 0), ("dcgan", 1)):
        with pytest.raises(UsageError, match=r"fit: .* fitted on other images or with other opt"):
            advise(digits(), out=tmp_path, fit=name, seed=seed, **QUICK)
    assert len(fits) == 1


def test_a_budget_too_short_for_the_search_is_refused_before_anything_is_fitted(
    fits, monkeypatch, tmp_path
):
    least = 100.0
    # Larger plans than the smallest don't fit into any budget.
    monkeypatch.setattr(
        Pace, "seconds", lambda _, space, plan, reading: least if plan == PLANS[0] else 1e9
    )
    given = {"out": tmp_path / "advice", "fit": "dcgan", **QUICK, "trials": None}
    said = r"200s, of which fits take 50%, which leaves .* for the search, and the smallest search"
    with pytest.raises(UsageError, match=said):
        advise(digits(), **given, budget="200s")
    assert not fits
    least = 0.0
    assert advise(digits(), **given, budget="240s").facts["fitted"]["dcgan"]["seconds"] == 120
    # A fitted model is used with any later budget.
    least = 100.0
    assert advise(digits(), **given, budget="200s").facts["fitted"]["dcgan"]["seconds"] == 120


def test_a_set_of_the_same_name_is_refused(tmp_path):
    for name in ("3", "8"):
        folder = tmp_path / "dcgan" / name
        folder.mkdir(parents=True)
        Image.new("L", (16, 16), int(name) * 9).save(folder / "a.png")
    given = {**QUICK, "fit": "dcgan", "synthetic": [tmp_path / "dcgan"]}
    with pytest.raises(UsageError, match=r"fit dcgan: `synthetic` has a set of that name"):
        advise(digits(), out=tmp_path / "advice", **given)


def test_a_folder_among_the_images_is_refused(tmp_path):
    image_folders.fill(tmp_path / "photos" / "a", 10)
    image_folders.fill(tmp_path / "photos" / "b", 10, first=20)
    data = image_folders.load(tmp_path / "photos")
    with pytest.raises(DataError, match=r"out '.*advice' lies in the images' folder"):
        advise(data, out=tmp_path / "photos" / "advice", **QUICK)


def test_auto_is_projected_for_photographs(monkeypatch):
    monkeypatch.setattr("ganaug.training.model_and_data.is_installed", lambda _: True)
    assert chosen_model("auto", 3, parameter="fit") == "projected"
    assert chosen_model("auto", 1, parameter="fit") == "dagan"
    monkeypatch.setattr("ganaug.training.model_and_data.is_installed", lambda _: False)
    assert chosen_model("auto", 3, parameter="fit") == "dagan"


def test_a_signal_in_a_fit_says_that_the_same_command_goes_on(monkeypatch, tmp_path, capsys):
    def stopped(*_, **__):
        raise RunStoppedError(signal.SIGTERM, tmp_path / "last.ckpt")

    monkeypatch.setattr(engine, "fit", stopped)
    words = ["--data", "mnist", "--data.image_size", "16", "--data.per_class", "20"]
    options = ["--fit", "dcgan", "--classifier", "small", "--augmentation", "none"]
    with pytest.raises(SystemExit) as stop:
        run_tool(lambda: command_line([*words, "--out", str(tmp_path / "advice"), *options]))
    assert stop.value.code == 128 + signal.SIGTERM
    assert capsys.readouterr().out.endswith(
        "stopped by SIGTERM, and saved; continue with the same command\n"
    )


def main(out):
    engine.fit = partial(tiny_fit, limit_train_batches=60)
    advise(digits(), out=out, fit="dcgan", **QUICK)


def started(out):
    words = [
        sys.executable,
        "-c",
        f"from evaluation.advice.fitting.test_fitting import *; main({out!r})",
    ]
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    own = {**os.environ, "PYTHONPATH": path}
    return subprocess.Popen(words, env=own, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_one_process_fits_while_the_other_waits(tmp_path):
    processes = [started(str(tmp_path / "advice")) for _ in range(2)]
    said = [process.communicate(timeout=240)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sum("advise: fits dcgan" in each for each in said) == 1
    assert sum("advise: waits for another process, which fits" in each for each in said) == 1
    assert len(list((tmp_path / "advice" / "fitted" / "runs").glob("*/*/version_*"))) == 1


@pytest.mark.slow
def test_a_search_killed_in_a_fit_ends_as_one_that_was_not(tmp_path):
    killed = tmp_path / "killed"
    process = started(str(killed))
    while not list(killed.glob("fitted/runs/*/*/*/checkpoints/last.ckpt")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for out in (killed, tmp_path / "whole"):
        process = started(str(out))
        process.communicate(timeout=240)
        assert process.returncode == 0
    assert content(killed) == content(tmp_path / "whole") != {}
