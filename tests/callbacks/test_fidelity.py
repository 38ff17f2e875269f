"""Fidelity picks its reference, and never ends a fit."""

from types import SimpleNamespace

import pytest
import torch

from ganaug.callbacks.drawing import in_proportion
from ganaug.callbacks.fidelity import Fidelity, metric_to_choose_by
from ganaug.evaluation.features.domain import train_domain_network
from ganaug.evaluation.features.networks import TrainingReport
from ganaug.evaluation.metrics import registry
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float

CPU = torch.device("cpu")


class Data:
    """Images of two classes that differ in brightness, as a data module gives them."""

    class_names, fingerprint = ("dark", "light"), "f"

    def __init__(self, held_out, size=16):
        self.counts, self.size = {"train": 300, "validation": held_out}, size

    def images(self, split, limit=None):
        count = min(self.counts[split], limit or 10**9)
        labels = torch.arange(count) % 2
        pixels = torch.randint(0, 128, (count, 1, self.size, self.size)) + 127 * labels.view(
            -1, 1, 1, 1
        )
        return pixels.to(torch.uint8), labels

    def paths(self, split, limit=None):
        return ["f"] * min(self.counts[split], limit or 10**9)

    def groups(self, split, limit=None):
        return []

    def card(self):
        return {"class_counts": {"dark": 150, "light": 150}}


class Model:
    latent_dim, num_classes, device = 3, 2, CPU

    def sample(self, latents, labels=None):
        return torch.zeros(len(latents), 1, 16, 16)


def trainer(**data):
    return SimpleNamespace(datamodule=Data(**data))


def test_held_out_images_are_the_reference_when_there_are_enough(recwarn):
    monitor = Fidelity(images=250).prepare(trainer(held_out=210), Model())
    assert monitor.score(torch.zeros(20, 1, 16, 16))["fid"] > 0
    assert not recwarn.list


def test_a_model_that_is_asked_for_no_class_is_measured_by_how_often_they_occur():
    given, model = trainer(held_out=210), Model()
    given.datamodule.card = lambda: {"class_counts": {"dark": 270, "light": 30}}
    conditional, free = Fidelity(images=250), Fidelity(images=250)
    conditional.prepare(given, model)
    assert conditional.labels.bincount().tolist() == [105, 105]
    model.num_classes = 0
    free.prepare(given, model)
    assert free.labels.bincount().tolist() == [105, 12]


def test_training_images_stand_in_for_too_few():
    callback = Fidelity(images=250)
    with pytest.warns(UserWarning, match="19 validation images are too few"):
        callback.prepare(trainer(held_out=19), Model())
    assert callback.labels.bincount().tolist() == [125, 125], "of the 300 training images"


def test_few_held_out_images_choose_by_the_figure_without_bias(recwarn):
    assert metric_to_choose_by(200) == "fidelity/domain_fid"
    assert metric_to_choose_by(199) == "fidelity/domain_kid"
    callback = Fidelity(images=250)
    given = trainer(held_out=40)
    callback.setup(given, None, "fit")
    assert callback.main_metric == "fidelity/domain_kid"
    scores = callback.prepare(given, Model()).score(torch.zeros(20, 1, 16, 16))
    assert scores["kid"] > 0
    assert not recwarn.list


class Alike(Data):
    """Classes that nothing tells apart."""

    fingerprint = "g"

    def __init__(self, held_out):
        super().__init__(held_out)
        self.counts["train"] = 60

    def images(self, split, limit=None):
        pixels, labels = super().images(split, limit)
        return torch.randint_like(pixels, 255), labels


def test_a_network_that_learned_nothing_is_told():
    given = SimpleNamespace(datamodule=Alike(held_out=40))
    with pytest.warns(UserWarning, match=r"too little from 60 images, .* chance gives \d\d%\. "):
        Fidelity(images=250).prepare(given, Model())


@pytest.mark.parametrize(("accuracy", "beats"), [(0.25, False), (0.35, False), (0.4, True)])
def test_chance_is_beaten_by_two_standard_errors(accuracy, beats):
    # 500 images leave 50 to be told: 0.25 + 2 * 0.061.
    assert TrainingReport(accuracy, 0.25, 3, 500).beats_chance is beats


def test_chance_is_that_of_the_largest_class():
    pixels = torch.randint(0, 255, (200, 1, 16, 16), dtype=torch.uint8)
    labels = (torch.arange(200) % 10 == 0).long()
    _, report = train_domain_network(pixels, labels, 2, seed=0, width=4)
    # Of 20 held-out images 17 or so are of the larger class.
    assert report.chance > 0.7
    assert not report.beats_chance


def test_what_is_drawn_has_the_classes_in_the_proportions_of_the_reference():
    reference = torch.tensor([0] * 9 + [1])
    drawn = torch.tensor([0] * 45 + [1] * 100)
    kept = drawn[in_proportion(drawn, reference)]
    assert kept.bincount().tolist() == [45, 5]
    # A class of which nothing could be drawn can't be had, and the others still can.
    two, gone = torch.tensor([0] * 45 + [1] * 100), torch.tensor([0] * 8 + [1] + [2])
    assert two[in_proportion(two, gone)].bincount().tolist() == [45, 6]
    assert len(in_proportion(torch.ones(30, dtype=torch.long), torch.zeros(9).long())) == 30


@pytest.mark.parametrize("features", ["imagenet", "lite2"])
def test_features_of_imagenet_choose_by_kid_and_give_no_fid(features):
    assert metric_to_choose_by(500, features) == f"fidelity/{features}_kid"
    callback = Fidelity(images=250, features=features)
    given = trainer(held_out=30)
    callback.setup(given, None, "fit")
    assert callback.main_metric == f"fidelity/{features}_kid"
    scores = callback.prepare(given, Model()).score(torch.zeros(20, 1, 16, 16))
    assert scores["kid"] > 0
    assert "fid" not in scores


def test_classes_are_asked_for_in_the_proportions_of_the_reference():
    asked = []

    class Spy(Model):
        def sample(self, latents, labels=None):
            asked.append(labels)
            return super().sample(latents, labels)

    callback = Fidelity(images=200)
    callback.prepare(trainer(held_out=210), Model())
    callback.labels = torch.tensor([0] * 9 + [1])
    callback.monitor = SimpleNamespace(score=lambda _: {}, missing=lambda _: {}, failed={})
    callback.curves(trainer(held_out=210), Spy())
    assert torch.cat(asked).bincount().tolist() == [180, 20]


def curves(held_out=210, model=None, **settings):
    """Return what an epoch's end would log."""
    callback = Fidelity(images=250, **settings)
    given = trainer(held_out=held_out)
    callback.setup(given, None, "fit")
    return callback.curves(given, model or Model())


def test_the_chosen_metrics_are_drawn_and_the_one_that_chooses():
    assert set(curves(metrics=["c2st"])) == {"fidelity/domain_fid", "fidelity/domain_c2st"}
    found = curves(held_out=100, metrics=["mifid", "modes"])
    names = ("kid", "mifid", "modes_covered", "modes_off")
    assert set(found) == {f"fidelity/domain_{name}" for name in names}


def test_a_metric_of_ones_own_that_fails_is_said_and_the_fit_goes_on(monkeypatch):
    monkeypatch.setattr(registry._registry, "_added", registry.metrics())

    @registry.register_metric("boom")
    def boom(real, fake):
        raise ValueError("no such thing")

    with pytest.warns(UserWarning, match="no curve of boom: boom raised ValueError: no such"):
        assert set(curves(metrics=["boom"])) == {"fidelity/domain_fid"}


def test_each_class_is_measured_by_itself_where_that_is_asked_for():
    class Darkness(Model):
        """Draws dark images whatever the class."""

        def sample(self, latents, labels=None):
            return to_float(torch.randint(0, 128, (len(latents), 1, 16, 16)).to(torch.uint8))

    found = curves(metrics=["kid"], by_class=True, model=Darkness())
    dark, light = (f"fidelity_by_class/{name}/domain_kid" for name in ("dark", "light"))
    assert set(found) == {"fidelity/domain_fid", "fidelity/domain_kid", dark, light}
    assert found[dark] < 0.1 * found[light]


def test_curves_that_were_asked_for_and_cannot_be_are_said():
    with pytest.warns(UserWarning, match="no curve of modes: needs at least 40 .* got 30"):
        curves(held_out=30, metrics=["modes"])
    with pytest.warns(UserWarning, match="no curves of dark, light: that takes 20 samples and 20"):
        curves(held_out=30, by_class=True)
    free = Model()
    free.num_classes = 0
    with pytest.warns(UserWarning, match="no curves by class"):
        curves(model=free, by_class=True)


def test_wrong_settings_are_named():
    with pytest.raises(UsageError, match=r"fidelity\.images is 1"):
        Fidelity(images=1)
    with pytest.raises(UsageError, match=r"fidelity\.metrics: 'fud' is not one of fid, kid, is"):
        Fidelity(metrics=["kid", "fud"])
    with pytest.raises(UsageError, match="needs more images than the 1,280 features"):
        Fidelity(metrics=["mifid"], features="imagenet")
    with pytest.raises(UsageError, match="by_class measures kid, prdc, c2st, and"):
        Fidelity(metrics=["fid"], by_class=True)
