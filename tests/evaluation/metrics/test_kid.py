"""KID of any number of real and synthetic images, and its standard error."""

import pytest
import torch

from ganaug.evaluation.metrics.kid import kid
from ganaug.evaluation.metrics.kid_error import kid_error
from ganaug.utils.rng import seeded


def sets(n, m, width=8, shift=0.2):
    return torch.randn(n, width).double(), torch.randn(m, width).double() + shift


def on_all(x, y):
    """The mean over all pairs of different images, one by one."""

    def k(a, b):
        return (float(a @ b) / len(a) + 1) ** 3

    def among(a):
        return sum(k(p, q) for i, p in enumerate(a) for q in a[:i]) * 2 / (len(a) * (len(a) - 1))

    return among(x) + among(y) - 2 * sum(k(p, q) for p in x for q in y) / (len(x) * len(y))


def test_all_pairs_count_where_one_kind_has_few():
    with seeded(0):
        real, fake = sets(20, 90)
        some = [kid(real, fake[torch.randperm(90)[:20]])[0] for _ in range(50)]
    value, spread = kid(real, fake)
    assert value == pytest.approx(on_all(real.numpy(), fake.numpy()))
    assert abs(value - sum(some) / 50) < torch.tensor(some).std() / 2
    assert spread is None


def test_subsets_of_many_use_all_of_the_few(monkeypatch):
    with seeded(0):
        real, fake = sets(58, 900)
        on_all_pairs, _ = kid(real, fake)
        one_subset = torch.tensor(
            [kid(real, fake[torch.randperm(900)[:58]])[0] for _ in range(50)]
        ).std()
        monkeypatch.setattr("ganaug.evaluation.metrics.kid.SUBSET_SIZE", 300)
        found = [kid(real, fake) for _ in range(6)]
    values, spreads = (torch.tensor(each) for each in zip(*found, strict=True))
    assert abs(values - on_all_pairs).max() < one_subset / 5
    # The standard deviation of a mean of 50 is a seventh of theirs.
    assert float(values.std() / spreads.mean()) == pytest.approx(50**-0.5, rel=0.7)


@pytest.mark.parametrize("shift", [0.0, 1.0])
@pytest.mark.parametrize("numbers", [(60, 60), (40, 150)])
def test_its_error_is_the_spread_of_kid_of_new_images(numbers, shift):
    with seeded(0):
        anew = torch.tensor([kid(*sets(*numbers, shift=shift))[0] for _ in range(600)])
        errors = torch.tensor([kid_error(*sets(*numbers, shift=shift)) for _ in range(300)])
    # Without a shift, resampling would estimate twice the true error.
    assert float(errors.mean() / anew.std()) == pytest.approx(1, abs=0.25)


def test_its_error_over_subsets(monkeypatch):
    for module in ("kid", "kid_error"):
        monkeypatch.setattr(f"ganaug.evaluation.metrics.{module}.SUBSET_SIZE", 40)
        monkeypatch.setattr(f"ganaug.evaluation.metrics.{module}.SUBSETS", 4)
    with seeded(0):
        anew = torch.tensor([kid(*sets(30, 150))[0] for _ in range(300)])
        errors = torch.tensor([kid_error(*sets(30, 150)) for _ in range(60)])
    assert float(errors.mean() / anew.std()) == pytest.approx(1, abs=0.25)


def test_the_same_image_again_and_again_has_no_error():
    assert kid_error(torch.ones(30, 4).double(), torch.ones(40, 4).double()) == 0
