"""Metrics against plain statements of their formulas, baselines, and too few images."""

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.linalg
import torch

from ganaug.evaluation.features.feature_set import FeaturePair, describe
from ganaug.evaluation.features.networks import read_features
from ganaug.evaluation.metrics.fid import fid
from ganaug.evaluation.metrics.inception_score import inception_score
from ganaug.evaluation.metrics.kid import kid
from ganaug.evaluation.metrics.measure import measure, measure_by_class
from ganaug.evaluation.metrics.real_baseline import stand_in


def sets(n=120, m=90, d=6):
    random = np.random.default_rng(0)
    real = random.normal(size=(n, d)) @ random.normal(size=(d, d))
    fake = random.normal(0.3, 1.2, size=(m, d)) @ random.normal(size=(d, d))
    return torch.from_numpy(real), torch.from_numpy(fake)


def plain_fid(real, fake):
    real, fake = real.numpy(), fake.numpy()
    root = scipy.linalg.sqrtm(np.cov(real, rowvar=False) @ np.cov(fake, rowvar=False)).real
    trace = np.trace(np.cov(real, rowvar=False) + np.cov(fake, rowvar=False) - 2 * root)
    return ((real.mean(0) - fake.mean(0)) ** 2).sum() + trace


def plain_is(logits):
    p = np.exp(logits.numpy())
    p /= p.sum(1, keepdims=True)
    return math.exp((p * np.log(p / p.mean(0))).sum(1).mean())


def test_fid_is_the_frechet_distance():
    real, fake = sets()
    assert fid(real, fake) == pytest.approx(plain_fid(real, fake), rel=1e-4)
    assert fid(real, real) == pytest.approx(0, abs=1e-8)


def test_kid_is_the_unbiased_kernel_distance():
    x, y = (s.numpy() for s in sets(40, 40))

    def k(a, b):
        return (a @ b / len(a) + 1) ** 3

    n = len(x)
    same = sum(k(s[i], s[j]) for s in (x, y) for i in range(n) for j in range(n) if i != j)
    across = sum(k(x[i], y[j]) for i in range(n) for j in range(n))
    expected = same / (n * (n - 1)) - 2 * across / n**2
    value, spread = kid(*sets(40, 40))
    assert value == pytest.approx(expected, rel=1e-4)
    assert spread is None


def test_kid_over_subsets_has_a_spread():
    value, spread = kid(*sets(1200, 1100))
    assert spread > 0
    assert value > 0


def test_is_is_the_inception_score():
    logits = 2 * sets(120, 90)[0]
    assert inception_score(logits)[0] == pytest.approx(plain_is(logits), rel=1e-4)
    assert inception_score(logits)[1] is None
    assert inception_score(50 * torch.eye(10).repeat(40, 1).double())[0] == pytest.approx(10)


def as_they_are(images):
    return images


def pair_of(
    projection, make_bars, n=120, n_reference=150, n_train=300, change=as_they_are, **options
):
    synthetic, labels = make_bars(n, 3, seed=1)
    network = projection(**options)
    return FeaturePair(
        network,
        describe(network, change(synthetic), labels),
        describe(network, *make_bars(n_reference, 3, seed=2)),
        describe(network, *make_bars(n_train, 3, seed=3)),
    )


def measured(projection, make_bars, **options):
    return measure(pair_of(projection, make_bars, **options))


def test_results_carry_features_numbers_interval_and_baseline(projection, make_bars):
    found = measured(projection, make_bars)
    network = projection()
    real = read_features(network, make_bars(150, 3, seed=2)[0])[0]
    fake, logits = read_features(network, make_bars(120, 3, seed=1)[0])
    assert found["fid"].value == pytest.approx(plain_fid(real, fake), rel=1e-4)
    assert found["is"].value == pytest.approx(plain_is(logits), rel=1e-4)
    for result in found.values():
        assert (result.features, result.label) == ("projection", f"projection {result.title}")
        assert result.interval[0] <= result.value <= result.interval[1]
        assert result.real_baseline.draws == 3
        assert result.reason == ""
    for name in ("fid", "kid", "is"):
        assert (found[name].n_real, found[name].n) == (150, 120)
        assert found[name].real_baseline.n == 120
    # These depend on the number of images, so all three sets have the same number.
    for name in ("precision", "recall", "density", "coverage", "c2st"):
        assert (found[name].n_real, found[name].n, found[name].real_baseline.n) == (120,) * 3
    # MIFID compares with training images; held-out images give its baseline.
    assert (found["mifid"].n_real, found["mifid"].real_baseline.n) == (300, 120)
    # These synthetic images follow the distribution of the real ones, as the baseline does.
    assert found["fid"].value == pytest.approx(found["fid"].real_baseline.value, rel=0.6)
    assert found["fid"].real_baseline.spread > 0
    assert found["c2st"].value == pytest.approx(0.5, abs=0.15)


def test_worse_images_leave_the_baseline_where_it_is(projection, make_bars):
    good = measured(projection, make_bars)
    found = measured(projection, make_bars, change=lambda images: 255 - images)
    assert found["fid"].real_baseline == good["fid"].real_baseline
    assert found["fid"].value > 10 * found["fid"].real_baseline.value
    assert found["c2st"].interval[0] > 0.9
    assert found["precision"].value < 0.1


def test_a_class_is_measured_by_its_own_images(projection, make_bars):
    own = pair_of(projection, make_bars)
    spoiled = own.synthetic.features.clone()
    spoiled[own.synthetic.labels == 1] += 5
    found = measure_by_class(
        FeaturePair(
            own.network, replace(own.synthetic, features=spoiled), own.reference, own.train
        ),
        ["a", "b", "c"],
    )
    by_name = found
    assert list(by_name) == ["a", "b", "c"]
    assert by_name["b"]["precision"].value == 0
    assert by_name["b"]["c2st"].value > 0.95
    for name in "ac":
        assert by_name[name]["precision"].value > 0.7
        assert by_name[name]["recall"].n == 40


def test_a_small_class_has_a_reason_instead_of_values(projection, make_bars):
    found = measure_by_class(pair_of(projection, make_bars, n_reference=30), ["a", "b", "c"])
    for result in found["a"].values():
        assert result.value is None
        assert "needs at least 20 real reference images, got 10" in result.reason
    few = measure_by_class(pair_of(projection, make_bars, n_train=30), ["a", "b", "c"])[
        "a"
    ].values()
    assert all(result.value is not None and result.real_baseline is None for result in few)
    assert all(
        "no real baseline: that takes 20 other real images" in result.reason for result in few
    )


def test_few_baseline_images_do_not_change_the_values(projection, make_bars):
    many = measured(projection, make_bars, n_train=300)
    for n_train, baseline in ((90, 90), (45, None)):
        found = measured(projection, make_bars, n_train=n_train)
        for name in ("precision", "recall", "density", "coverage", "modes_covered", "c2st"):
            few = found[name]
            assert (few.value, few.interval) == (many[name].value, many[name].interval)
            assert (few.n_real, few.n) == (120, 120)
            assert (few.real_baseline and few.real_baseline.n) == baseline
            assert few.reason == (
                ""
                if baseline
                else "no real baseline: that takes 60 other real images of these classes"
            )
        # Its baseline needs 20 images, and does not depend on their number.
        assert found["kid"].real_baseline.n == n_train


def test_the_baseline_hardly_depends_on_the_number_of_baseline_images(projection, make_bars):
    baseline = {
        n: measured(projection, make_bars, n_train=n)["coverage"].real_baseline for n in (90, 300)
    }
    # With 90 images for 120 real ones, coverage would be lower by at least 0.03.
    assert baseline[90].value == pytest.approx(baseline[300].value, abs=0.02)


@pytest.mark.parametrize(("n_train", "draws"), [(120, 1), (90, 1), (150, 3)])
def test_identical_draws_count_once(projection, make_bars, n_train, draws):
    baseline = measured(projection, make_bars, n_train=n_train)["fid"].real_baseline
    assert baseline.draws == draws
    assert (baseline.spread is None) == (draws == 1)


def test_stand_ins_match_number_and_classes():
    train_labels = torch.tensor([0] * 50 + [1] * 50 + [2] * 5)
    chosen = stand_in(train_labels, torch.tensor([0] * 10 + [2] * 20))
    assert len(chosen) == len(set(chosen.tolist())) == 15
    assert train_labels[chosen].bincount(minlength=3).tolist() == [10, 0, 5]


@pytest.mark.parametrize(("n", "n_reference"), [(1, 150), (49, 150), (120, 2), (120, 0)])
def test_too_few_images_are_said_and_never_nan(projection, make_bars, n, n_reference):
    found = measured(projection, make_bars, n=n, n_reference=n_reference)
    assert found["fid"].value is None
    which, number = ("synthetic", n) if n < 50 else ("real reference", n_reference)
    assert found["fid"].reason == f"needs at least 50 {which} images, got {number}"
    for result in found.values():
        numbers = [result.value, result.real_baseline.value if result.real_baseline else None]
        numbers += result.interval or ()
        assert all(value is None or math.isfinite(value) for value in numbers)


def test_few_images_for_many_features_are_called_rough(projection, make_bars):
    assert "rough" in measured(projection, make_bars, num_features=130)["fid"].reason


def test_no_inception_score_without_classes(projection, make_bars):
    found = measured(projection, make_bars, logits_mean_classes=False)
    assert found["is"].value is None
    assert "do not stand for classes" in found["is"].reason


def test_random_state_is_left_as_it_was(projection, make_bars):
    before = torch.get_rng_state()
    measured(projection, make_bars)
    assert torch.equal(before, torch.get_rng_state())
