"""A generator that hands out its training images is warned of; one that draws new ones is not."""

from types import SimpleNamespace

import pytest
import torch

from datamodules.mnist import MNISTDataModule
from ganaug.callbacks import memorization
from ganaug.callbacks.fidelity import Fidelity
from ganaug.callbacks.memorization import MemorizationMonitor, more_augmentation, samples_are_copies
from ganaug.evaluation.features.networks import TrainingReport
from ganaug.evaluation.memorization.result import Memorization
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float

pytestmark = pytest.mark.usefixtures("networks_of_the_module")


class Model:
    """Draws the images that it was given, whatever the latents."""

    latent_dim, num_classes, device = 2, 0, torch.device("cpu")

    def __init__(self, images, **settings):
        self.left, self.logged, self.hparams = to_float(images), {}, settings

    def sample(self, latents, labels=None):
        drawn, self.left = self.left[: len(latents)], self.left[len(latents) :]
        return drawn

    def log(self, name, value, **_):
        self.logged[name] = value


@pytest.fixture(scope="module")
def data():
    return MNISTDataModule(per_class=40)


def looked_at(data, images, times=1, callback=None, beside=(), **settings):
    trainer = SimpleNamespace(datamodule=data, current_epoch=0, callbacks=beside)
    callback, model = callback or MemorizationMonitor(images=100, **settings), Model(images)
    callback.on_fit_start(trainer, model)
    for _ in range(times):
        callback.on_train_epoch_end(trainer, model)
    return model.logged


def test_each_look_says_anew_whether_there_are_copies(data):
    callback = MemorizationMonitor(images=100)
    trainer = SimpleNamespace(callbacks=[callback])
    with pytest.warns(
        UserWarning, match=r"does not become best\.ckpt; to get further, fit on more"
    ):
        looked_at(data, data.images("train")[0], callback=callback)
    assert samples_are_copies(trainer)
    resumed = MemorizationMonitor(images=100)
    resumed.load_state_dict(callback.state_dict())
    assert samples_are_copies(SimpleNamespace(callbacks=[resumed]))
    looked_at(data, data.images("test")[0], callback=callback)
    assert not samples_are_copies(trainer)
    assert not samples_are_copies(SimpleNamespace(callbacks=[]))


def test_copies_are_warned_of_once(data):
    with pytest.warns(UserWarning, match="memorization: 100% of the samples are copies") as caught:
        logged = looked_at(data, data.images("train")[0], times=2)
    assert logged["memorization/copies"] == 1
    assert logged["memorization/nearer_than_held_out"] > 0.99
    assert len([w for w in caught if "memorization:" in str(w.message)]) == 1


@pytest.mark.parametrize(
    ("settings", "advised"),
    [
        ({"discriminator_augmentation": "none"}, True),
        ({"discriminator_augmentation": "adaptive"}, False),
        ({}, False),
    ],
)
def test_augmentation_is_advised_where_there_could_be_more(settings, advised):
    advice = more_augmentation(Model(torch.zeros(1, 1, 2, 2), **settings))
    assert ("model.discriminator_augmentation to adaptive" in advice) is advised


def test_copies_told_by_a_network_that_learned_nothing_are_said_to_be_so(data, monkeypatch):
    report = TrainingReport(held_out_accuracy=0.1, chance=0.1, epochs=3, num_images=400)
    network = memorization.network_named

    def poor(*given, **kwargs):
        found = network(*given, **kwargs)
        found.report = report
        return found

    monkeypatch.setattr(memorization, "network_named", poor)
    callback = MemorizationMonitor(images=100)
    with pytest.warns(UserWarning, match="finds copies learned too little from 400 images, or"):
        looked_at(data, data.images("train")[0], callback=callback)
    # What it takes for copies is neither warned of nor held against a checkpoint.
    assert (callback.has_copies, callback.warned) == (False, False)


def judging(n_held_out=100, **shares):
    """Return a detector that always finds these shares among 100 samples."""
    values = {"p_value": 0.5, "threshold": 1.0, "features": "", "n": 100, "n_held_out": n_held_out}
    found = Memorization(**shares, **values)
    return SimpleNamespace(network=SimpleNamespace(report=None), judge=lambda samples: found)


@pytest.mark.parametrize(("held_out", "says"), [(20, False), (2000, True)])
def test_copies_count_only_beyond_chance(data, held_out, says, recwarn):
    callback = MemorizationMonitor(images=100)
    callback.memory = judging(held_out, copies=0.1, nearer=0.5)
    looked_at(data, data.images("test")[0], callback=callback)
    assert callback.has_copies is callback.warned is says
    assert any("10% of the samples are" in str(each.message) for each in recwarn) is says


def test_being_near_alone_costs_no_checkpoint(data):
    blurs = (data.images("train")[0].float().mean(0, keepdim=True).repeat(100, 1, 1, 1)).byte()
    callback = MemorizationMonitor(images=100, nearer=0.5)
    callback.memory = judging(copies=0.0, nearer=0.97)
    with pytest.warns(UserWarning, match="97% are nearer"):
        looked_at(data, blurs, callback=callback)
    assert callback.warned
    assert not callback.has_copies


def test_new_images_are_not_warned_of(data, recwarn):
    logged = looked_at(data, data.images("test")[0])
    assert logged["memorization/copies"] <= 0.04
    assert 0.4 < logged["memorization/nearer_than_held_out"] < 0.6
    assert not [w for w in recwarn if "memorization:" in str(w.message)]


@pytest.mark.parametrize(("up_to", "looks"), [(400, True), (399, False)])
def test_large_sets_are_left_alone(data, up_to, looks):
    assert len(data.paths("train")) == 400
    assert bool(looked_at(data, data.images("test")[0], up_to=up_to)) is looks


def test_where_it_can_not_be_told_nothing_is_drawn_and_that_is_said():
    few = MNISTDataModule(per_class=40, validation=0.0)
    with pytest.warns(UserWarning, match=r"takes 20 validation images .*there are 0 and 400\."):
        assert looked_at(few, few.images("train")[0]) == {}
    fewer = MNISTDataModule(classes=["3", "8"], per_class=2)
    with pytest.warns(UserWarning, match=r"more than 5 training images, and there are \d+ and 4\."):
        assert looked_at(fewer, fewer.images("train")[0]) == {}


def test_nothing_is_said_where_nothing_was_to_be_looked_for(recwarn):
    few = MNISTDataModule(per_class=40, validation=0.0)
    assert looked_at(few, few.images("train")[0], every_epochs=0) == {}
    assert not [w for w in recwarn if "memorization:" in str(w.message)]


@pytest.mark.parametrize(("features", "size"), [("imagenet", "lite0"), ("lite2", "lite2")])
def test_photographs_are_looked_up_by_the_network_of_imagenet(features, size):
    few = MNISTDataModule(classes=["3", "8"], per_class=20, validation=0.02)
    callback = MemorizationMonitor(images=10)
    callbacks = [callback, Fidelity(features=features)]
    with pytest.warns(UserWarning, match="memorization: 100% of the samples are copies"):
        looked_at(few, few.images("train")[0][:10], callback=callback, beside=callbacks)
    assert callback.memory.network.name == f"imagenet-{size}"


def test_mirrored_copies_are_warned_of_where_training_mirrors():
    mirroring = MNISTDataModule(per_class=40, augmentation="mirror")
    with pytest.warns(UserWarning, match="memorization: 100% of the samples are copies"):
        looked_at(mirroring, mirroring.images("train")[0].flip(3))


def test_wrong_settings_are_named():
    with pytest.raises(UsageError, match=r"^memorization\.images is 1; it must be 2 or more$"):
        MemorizationMonitor(images=1)
