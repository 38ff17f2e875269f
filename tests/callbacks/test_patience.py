"""A fit ends by itself when its metric gets no better, at the same evaluation when resumed."""

import signal

import pytest
from lightning.pytorch.callbacks import EarlyStopping

import ganaug
from ganaug.callbacks.fidelity import Fidelity
from ganaug.callbacks.patience import Patience
from ganaug.cli.fit_arguments import expand
from ganaug.training.engine import fit_by_words
from ganaug.utils.errors import UsageError
from helpers.stopped_runs import QUICK, fit_with_stops, last

WATCHED = ("--fidelity.every_epochs", "1", "--memorization.every_epochs", "0")
SMALL = ("--model.generator_hidden", "[8]", "--model.discriminator_hidden", "[8]")
WORDS = ["--model", "gan", *QUICK, *WATCHED, *SMALL, "--trainer.max_epochs", "9"]
WORDS += ["--trainer.limit_train_batches", "2"]
# The best is the fourth; the three after it are no better, and the last never comes.
SCORES = [5.0, 4.0, 4.0, 3.0, 3.5, 3.0, float("nan"), 1.0, 1.0, 1.0]


@pytest.fixture(autouse=True)
def _scores(monkeypatch):
    """Has each epoch's metric be the one listed."""
    monkeypatch.setattr(
        Fidelity,
        "curves",
        lambda _, trainer, __: {"fidelity/domain_fid": SCORES[trainer.current_epoch]},
    )


def test_it_stops_three_evaluations_after_the_best(capfd):
    run = fit_by_words(expand([*WORDS, "--patience", "3"]))
    assert last(run.folder)["epoch"] == 7
    said = "stop: fidelity/domain_fid got no better than 3 in 3 evaluations (patience 3)"
    assert capfd.readouterr().out.count(said) == 1
    # A finished run is not trained further, but with more patience it is.
    fit_by_words(expand(["--resume", str(run.folder)]))
    assert last(run.folder)["epoch"] == 7
    assert capfd.readouterr().out.count(said) == 1
    fit_by_words(expand(["--resume", str(run.folder), "--patience", "5"]))
    assert last(run.folder)["epoch"] == 9


def test_a_resumed_run_stops_at_the_same_evaluation():
    run = fit_with_stops(expand([*WORDS, "--patience", "3"]), [3, 11], signal.SIGTERM)
    assert last(run)["epoch"] == 7


def test_epochs_without_an_evaluation_do_not_count():
    words = [*WORDS, "--fidelity.every_epochs", "2", "--patience", "1"]
    # Measured are 4, 3, 3: the second of them no better.
    assert last(fit_by_words(expand(words)).folder)["epoch"] == 6


@pytest.mark.parametrize(
    ("copies_from", "ends", "found"),
    [(4, 7, "got no better than 6"), (0, 3, "had no value that counts")],
)
def test_an_epoch_of_copies_is_no_better_however_low_its_metric(
    monkeypatch, capfd, copies_from, ends, found
):
    monkeypatch.setattr(
        Fidelity,
        "curves",
        lambda _, trainer, __: {"fidelity/domain_fid": 9 - trainer.current_epoch},
    )
    monkeypatch.setattr(
        "ganaug.callbacks.best_checkpoint.samples_are_copies",
        lambda trainer: trainer.current_epoch >= copies_from,
    )
    run = fit_by_words(expand([*WORDS, "--patience", "3"]))
    assert last(run.folder)["epoch"] == ends
    assert f"{found} in 3 evaluations (patience 3" in capfd.readouterr().out


@pytest.mark.parametrize("patience", [0, -3])
def test_a_patience_below_one_is_refused(patience):
    with pytest.raises(UsageError, match=rf"patience is {patience}; it must be 1 or more"):
        Patience(patience, "fidelity/domain_fid", every_epochs=1)
    with pytest.raises(UsageError, match=rf"patience is {patience}; it must be 1 or more"):
        ganaug.fit("gan", patience=patience)


def test_without_a_metric_that_chooses_it_is_refused():
    with pytest.raises(UsageError, match=r"patience is 2, .*fidelity.every_epochs is 0; set it"):
        ganaug.fit("gan", patience=2, fidelity={"every_epochs": 0})
    with pytest.raises(UsageError, match=r"patience is 2, .*a classifier has none"):
        ganaug.fit("sgan", patience=2)


def test_early_stopping_sees_the_metrics_of_the_same_epoch():
    stopping = ["--trainer.callbacks", "EarlyStopping", "--trainer.callbacks.patience", "1"]
    monitored = [*stopping, "--trainer.callbacks.monitor", "fidelity/domain_fid"]
    assert last(fit_by_words(expand([*WORDS, *monitored])).folder)["epoch"] == 3


def test_early_stopping_on_a_metric_that_is_not_there_names_those_that_are():
    stopping = EarlyStopping("val_loss")
    with pytest.raises(UsageError, match=r"monitors 'val_loss'.*fidelity/domain_fid, ") as error:
        fit_by_words(expand(WORDS), objects={"callbacks": [stopping]})
    assert "\n" not in str(error.value)
