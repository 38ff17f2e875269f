"""KID of as many images of either kind as there are, and its standard error."""

import pytest
import torch

from ganaug.evaluation.kid_error import kid_error
from ganaug.evaluation.measures import kid
from ganaug.evaluation.resampling import seeded


def sets(n, m, width=8, shift=0.2):
    return torch.randn(n, width).double(), torch.randn(m, width).double() + shift


def on_all(x, y):
    """The unbiased estimate from all pairs, whatever the number of either kind."""

    def k(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    def among(a):
        return (k(a, a).sum() - k(a, a).trace()) / (len(a) * (len(a) - 1))

    return float(among(x) + among(y) - 2 * k(x, y).mean())


def test_all_images_count_where_one_kind_has_few():
    with seeded(0):
        real, fake = sets(58, 1000)
        one_subset = torch.tensor(
            [kid(real, fake[torch.randperm(1000)[:58]])[0] for _ in range(50)]
        ).std()
        values = torch.tensor([kid(real, fake)[0] for _ in range(6)])
        _, spread = kid(real, fake)
    assert spread == pytest.approx(float(one_subset), rel=0.5)
    assert abs(values - on_all(real, fake)).max() < one_subset / 2
    assert values.std() < one_subset / 3


@pytest.mark.parametrize("shift", [0.0, 1.0])
@pytest.mark.parametrize("numbers", [(60, 60), (40, 150)])
def test_its_error_is_the_spread_of_kid_of_new_images(numbers, shift):
    with seeded(0):
        anew = torch.tensor([kid(*sets(*numbers, shift=shift))[0] for _ in range(200)])
        errors = torch.tensor([kid_error(*sets(*numbers, shift=shift)) for _ in range(50)])
    # Images of the same kind (no shift) are where resampling takes it for twice what it is.
    assert float(errors.mean() / anew.std()) == pytest.approx(1, abs=0.25)


def test_its_error_is_read_from_some_of_many_images(monkeypatch):
    with seeded(0):
        real, fake = sets(400, 300)
        whole = kid_error(real, fake)
        monkeypatch.setattr("ganaug.evaluation.kid_error.MOST", 100)
        some = torch.tensor([kid_error(real, fake) for _ in range(20)])
    assert float(some.mean()) == pytest.approx(whole, rel=0.15)


def test_the_same_image_again_and_again_has_no_error():
    assert kid_error(torch.ones(30, 4).double(), torch.ones(40, 4).double()) == 0
