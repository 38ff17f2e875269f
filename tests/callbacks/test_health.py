"""Health says what is wrong and what to do, once, and stops what can't recover."""

import pytest
import torch

from ganaug.callbacks.health import Health, NonFiniteLossError, refuse_non_finite, spread
from ganaug.errors import UsageError


def play(health, accuracy, batches=60):
    figures = {"discriminator/accuracy": torch.tensor(accuracy)}
    for number in range(batches):
        health.on_train_batch_end(None, None, figures, None, number)


def test_a_loss_that_is_not_finite_stops_the_run_with_advice():
    figures = {
        "generator/loss": torch.tensor(float("nan")),
        "discriminator/loss": torch.tensor(1.0),
    }
    with pytest.raises(NonFiniteLossError, match=r"generator/loss not finite in batch 7.*--resume"):
        refuse_non_finite(figures, 7)


def test_finite_figures_pass():
    refuse_non_finite({"a": torch.tensor(1e30), "b": torch.tensor(-2.0)}, 0)


def test_a_discriminator_that_always_wins_is_reported_once():
    health = Health(window=10, accuracy=0.9)
    expected = r"the discriminator is right on 9\d%.*discriminator_lr"
    with pytest.warns(UserWarning, match=expected) as seen:
        play(health, 1.0)
    assert len(seen) == 1


def test_a_balanced_game_gives_no_warning(recwarn):
    health = Health(window=10, accuracy=0.9)
    play(health, 0.75)
    assert not recwarn.list


def test_spread_is_the_mean_distance_within_classes():
    images = torch.tensor([0.0, 3.0, 10.0, 14.0, 99.0]).view(5, 1, 1, 1)
    labels = torch.tensor([0, 0, 1, 1, 2])
    assert spread(images, labels) == pytest.approx((3 + 4) / 2)


def test_collapse_halves_the_spread():
    images = torch.randn(40, 1, 4, 4)
    labels = torch.zeros(40, dtype=torch.long)
    collapsed = images[:1].expand_as(images) + 0.1 * images
    assert spread(collapsed, labels) == pytest.approx(0.1 * spread(images, labels), rel=1e-4)


def test_wrong_settings_are_named():
    with pytest.raises(UsageError, match=r"health\.window 0"):
        Health(window=0)
