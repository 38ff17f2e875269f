"""Health says what is wrong and what to do, once, and stops what can't recover."""

from types import SimpleNamespace

import pytest
import torch

from ganaug.callbacks.stability import StabilityMonitor, spread
from ganaug.utils.errors import UsageError

TRAINER = SimpleNamespace(world_size=1, is_last_batch=False)


def play(stability, accuracy, batches=60):
    play_all(stability, {"discriminator/accuracy": torch.tensor(accuracy)}, batches)


def play_all(stability, figures, batches):
    for number in range(batches):
        stability.on_train_batch_end(TRAINER, None, figures, None, number)


def test_a_discriminator_that_always_wins_is_reported_once():
    stability = StabilityMonitor(window=10, accuracy=0.9)
    expected = r"the discriminator is right on 9\d%.*discriminator_lr"
    with pytest.warns(UserWarning, match=expected) as seen:
        play(stability, 1.0)
    assert len(seen) == 1


def test_one_game_of_several_that_is_won_is_reported():
    stability = StabilityMonitor(window=10, accuracy=0.9)
    figures = {f"{side}px/discriminator/accuracy": torch.tensor(side / 16) for side in (8, 16)}
    with pytest.warns(UserWarning, match="the discriminator is right on 9"):
        play_all(stability, figures, 60)


def test_a_run_that_goes_on_knows_what_was_seen_and_said(recwarn):
    before, after = (
        StabilityMonitor(window=10, accuracy=0.9),
        StabilityMonitor(window=10, accuracy=0.9),
    )
    play(before, 1.0)
    recwarn.clear()
    after.load_state_dict(before.state_dict())
    assert vars(after) == vars(before)
    play(after, 1.0)
    assert not recwarn.list


def test_a_balanced_game_gives_no_warning(recwarn):
    stability = StabilityMonitor(window=10, accuracy=0.9)
    play(stability, 0.75)
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


class Collapsed:
    """Draws one picture."""

    latent_dim, num_classes, device, hparams = 2, 0, torch.device("cpu"), {"lr": 1e-3}

    def sample(self, latents, labels=None):
        return torch.zeros(len(latents), 1, 4, 4)

    def log(self, *_, **__):
        pass


def test_samples_that_look_alike_are_reported_after_the_first_batches(recwarn):
    images = torch.randint(0, 256, (20, 1, 4, 4), generator=torch.Generator().manual_seed(0)).byte()
    data = SimpleNamespace(images=lambda *_, **__: (images, torch.zeros(20)))
    trainer, stability = SimpleNamespace(datamodule=data), StabilityMonitor(window=10)
    play(stability, 0.75, batches=9)
    stability.on_train_epoch_end(trainer, Collapsed())
    assert not recwarn.list
    play(stability, 0.75, batches=1)
    expected = r"samples of a class differ 0% as much as real images do.* lower model\.lr"
    with pytest.warns(UserWarning, match=expected):
        stability.on_train_epoch_end(trainer, Collapsed())


def test_wrong_settings_are_named():
    with pytest.raises(UsageError, match=r"stability\.window is 0; it must be 1 or more"):
        StabilityMonitor(window=0)
