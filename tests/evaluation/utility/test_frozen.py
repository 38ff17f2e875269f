"""Frozen features: images are read once, draws match those of batches, and verdicts are right."""

import gc
import weakref
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from ganaug.evaluation.utility import frozen
from ganaug.evaluation.utility.arms import Arm, arms_of, further_arms
from ganaug.evaluation.utility.checks import feasible
from ganaug.evaluation.utility.classifiers import DataMix, Images, MixSampler
from ganaug.evaluation.utility.forecast import forecast, quick_steps
from ganaug.evaluation.utility.frozen import DECAYS, VIEWS, FrozenClassifier, FrozenFeatures
from ganaug.evaluation.utility.pretrained import Trunk
from ganaug.evaluation.utility.study import StudyRunner, compare
from ganaug.utils.errors import UsageError
from helpers.toy_studies import stripes

PLAIN = {"mean": (0.5, 0.5, 0.5), "deviation": (0.5, 0.5, 0.5)}


class Pooled(nn.Module):
    """Means of 4 x 4 places, and a count of the images that it has seen."""

    def __init__(self):
        super().__init__()
        self.seen = 0
        self.register_buffer("weight", torch.ones(1))

    def forward(self, images):
        self.seen += len(images)
        return nn.functional.adaptive_avg_pool2d(images, 4).flatten(1)


class Brighter:
    """An augmentation that anyone can follow."""

    compose = "brighter"

    def seed(self, seed):
        self.by = seed % 100

    def __call__(self, image):
        return (image // 2 + self.by).astype("uint8")


def features_of(validation=None):
    empty = Images(torch.empty(0, 1, 16, 16, dtype=torch.uint8), torch.empty(0, dtype=torch.long))
    return FrozenFeatures(Trunk(Pooled(), 48, "pooled", **PLAIN), validation or empty)


def runner(out, features, synthetic, steps=60):
    return StudyRunner(
        out,
        facts={},
        build=lambda channels, classes, size: FrozenClassifier(features, classes),
        real=stripes(24, 0),
        synthetic=synthetic,
        test=stripes(600, 1),
        num_classes=2,
        steps=steps,
    )


ARMS = [Arm("real", DataMix()), Arm("both", DataMix(share=0.5))]


def verdict_of(study):
    results = study.run(ARMS, range(5))
    return compare(results, lambda name: name == "both", torch.arange(600) % 2).verdict


def test_more_real_images_help_and_wrong_labels_hurt(tmp_path):
    more = stripes(1000, 2)
    assert verdict_of(runner(tmp_path / "a", features_of(), more)) == "helps"
    wrong = Images(more.images, 1 - more.labels)
    assert verdict_of(runner(tmp_path / "b", features_of(), wrong)) == "hurts"
    assert verdict_of(runner(tmp_path / "c", features_of(), stripes(24, 0))) != "helps"


def test_every_image_is_read_once_and_kept(tmp_path, capsys):
    made, arms = stripes(50, 2), arms_of(Brighter())
    features = features_of()
    study = runner(tmp_path / "s", features, made)
    found = study.run(arms, range(3))
    # 24 real and 50 synthetic images as they are and in their views, 600 test images, two by which
    # the classifier is tried in training and in evaluation mode, and one before and after its
    # batch norms are looked for.
    assert features.trunk.network.seen == (1 + VIEWS) * (24 + 50) + 600 + 4 + 2
    again = features_of()
    assert runner(tmp_path / "t", again, made).run(arms, range(3)) == found
    assert again.trunk.network.seen == 4 + 2


def test_a_view_is_a_function_of_its_image_and_its_number():
    features, images = features_of(), stripes(6, 0).images
    views = [features.of(images, policy := Brighter(), view) for view in (1, 2)]
    assert not torch.equal(*views)
    alone = features.of(images[3:4], policy, 2)
    torch.testing.assert_close(alone, views[1][3:4])


def test_an_augmentation_lives_as_long_as_its_features():
    """Features are known by its id, which another augmentation could otherwise be given."""
    features, policy = features_of(), Brighter()
    features.of(stripes(6, 0).images, policy, 1)
    known = weakref.ref(policy)
    del policy
    gc.collect()
    assert known() is not None


def test_images_are_drawn_as_batches_draw_them():
    real = Images(torch.zeros(101, 1, 2, 2, dtype=torch.uint8), torch.tensor([0] * 100 + [1]))
    made = Images(torch.ones(6, 1, 2, 2, dtype=torch.uint8), torch.tensor([0, 1] * 3))
    sampler = MixSampler(DataMix(share=0.25), real, made, 2, 0)
    views = [torch.cat(each).double() for each in sampler.counts(80_000, 4)]
    labels = torch.cat([real.labels, made.labels])
    assert sum(each.sum() for each in views) == 80_000
    for each in views:
        assert each.sum() == pytest.approx(20_000, rel=0.03)
    counts = sum(views)
    for label in (0, 1):
        own = counts * (labels == label)
        assert own.sum() == pytest.approx(40_000, rel=0.03)
        assert own[101:].sum() == pytest.approx(10_000, rel=0.05)
    plain = MixSampler(DataMix(balanced=False), real, made, 2, 0).counts(10_100)
    ((own, none),) = plain
    assert own[100] == pytest.approx(100, abs=40)
    assert not none.any()


def test_a_mix_may_ask_for_a_head_that_is_regularized_more(monkeypatch):
    """A factor of three equals three times the default strength."""

    def weights(**mix):
        network = FrozenClassifier(features_of(), 2)
        network.learn(MixSampler(DataMix(**mix), stripes(24, 0), stripes(24, 0), 2, 0), 500)
        return network.head.weight

    usual, more = weights(), weights(decay=3.0)
    assert more.norm() < usual.norm()
    monkeypatch.setattr(frozen, "DECAYS", (3 * DECAYS[0],))
    torch.testing.assert_close(weights(), more)


def test_the_strength_is_chosen_by_validation_images(monkeypatch):
    """Of 24 noisy images, a head with hardly any regularization learns the noise."""
    monkeypatch.setattr(frozen, "DECAYS", (1e-6, 0.5))
    sampler = MixSampler(DataMix(), stripes(24, 0), stripes(24, 0), 2, 0)
    assert features_of(stripes(400, 3)).decay_of(sampler, 2000) == 0.5
    # Too few to tell.
    assert features_of(stripes(6, 3)).decay_of(sampler, 2000) == 1e-6
    monkeypatch.undo()
    assert DECAYS[0] == pytest.approx(1 / (0.001 * 1660), rel=0.01)


def test_seeds_differ_and_are_paired(tmp_path):
    study = runner(tmp_path / "s", features_of(), stripes(50, 2))
    first, second = (study.once(ARMS[1], seed) for seed in (0, 1))
    assert first != second
    assert study.once(ARMS[1], 0) == first


def test_reading_is_forecast_and_a_quick_study_has_all_steps(tmp_path, capsys):
    def quick(study):
        return quick_steps(study, ARMS, 3)

    assert runner(tmp_path / "q", features_of(), stripes(50, 2), steps=quick).steps == 1000
    study = runner(tmp_path / "s", features_of(), stripes(50, 2))
    forecast(study, ARMS, 3)
    said = capsys.readouterr().out
    assert "reads the features of 674 images first" in said
    study.run(ARMS, range(3))
    # Cached features are not read again, and not mentioned.
    forecast(runner(tmp_path / "t", features_of(), stripes(50, 2)), ARMS, 3)
    assert "reads the features" not in capsys.readouterr().out
    forecast(runner(tmp_path / "u", features_of(), stripes(40, 3)), ARMS, 3)
    assert "reads the features of 40 images first" in capsys.readouterr().out
    assert "6 trainings (2 arms, 3 seeds, 60 steps) take about" in said


def test_mixup_mixes_features_and_weights_reach_the_head():
    features, real, made = features_of(), stripes(24, 0), stripes(20, 2)
    plain = features.rows(MixSampler(DataMix(share=0.5), real, made, 2, 0), 4000)
    weighted = features.rows(MixSampler(DataMix(share=0.5, weight=0.3), real, made, 2, 0), 4000)
    assert torch.equal(weighted[2], plain[2])
    assert torch.equal(weighted[1][:24].sum(dim=1), torch.ones(24))
    torch.testing.assert_close(weighted[1][24:].sum(dim=1), torch.full((20,), 0.3))
    drawn = MixSampler(DataMix(share=0.5, blend="mixup"), real, made, 2, 0)
    found, targets, times = features.rows(drawn, 4000)
    assert len(found) == len(targets) == len(times) == frozen.MIXED * 44
    torch.testing.assert_close(targets.sum(dim=1), torch.ones(len(targets)))
    # Of two features of one hot place each, shares are features, and labels their sums.
    hot = torch.eye(4)
    mixed, share, _ = frozen.mixed(hot, torch.tensor([0, 0, 1, 1]), torch.ones(4), drawn)
    torch.testing.assert_close(share[:, 0], mixed[:, :2].sum(dim=1))
    assert ((mixed > 0).sum(dim=1) <= 2).all()


def test_useful_images_and_duplicates_are_not_read_again(tmp_path):
    features = features_of()
    study = runner(tmp_path / "s", features, stripes(50, 2))
    arms = {arm.name: arm for arm in further_arms(arms_of(None))}
    study.once(ARMS[1], 0)
    seen = features.trunk.network.seen
    for way in ("duplicates x 1", "synthetic x 1, useful", "synthetic x 1, soft labels"):
        study.once(arms[f"real + {way}"], 0)
    assert features.trunk.network.seen == seen


def test_arms_that_a_frozen_classifier_cannot_do_are_left_out_with_a_line(capsys):
    arms = [*arms_of(None), *further_arms(arms_of(None))]
    chosen = SimpleNamespace(name="imagenet", frozen=True)
    left = [arm.name for arm in feasible(arms, chosen)]
    assert left == [arm.name for arm in arms if "cutmix" not in arm.name]
    said = capsys.readouterr().out
    assert (
        "utility: without 'real, balanced, cutmix', 'real + synthetic x 1, cutmix', since" in said
    )
    assert feasible(arms, SimpleNamespace(name="small", frozen=False)) == arms
    assert capsys.readouterr().out == ""
    with pytest.raises(UsageError, match="with synthetic images and one without"):
        feasible([arm for arm in arms if arm.mix.blend == "cutmix"], chosen)
