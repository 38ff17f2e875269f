"""The cases with a known answer are what they are called."""

import pytest
import torch

from benchmarks.significance import KINDS, Case
from ganaug.evaluation.utility.classifiers import Images


@pytest.fixture
def case():
    def digits(count, start):
        labels = torch.arange(10).repeat_interleave(count)
        pixels = (torch.arange(10 * count) + start).remainder(256).to(torch.uint8)
        return Images(pixels[:, None, None, None].expand(-1, 1, 8, 8).contiguous(), labels)

    return Case(real=digits(2, 0), extra=digits(12, 20), generated=digits(12, 140))


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_class_has_images(case, kind):
    images, labels, *_ = KINDS[kind][0](case)
    assert len(images) == len(labels)
    assert images.dtype == torch.uint8
    assert labels.unique().tolist() == list(range(10))


def test_what_they_are_made_of(case):
    def of(kind):
        return KINDS[kind][0](case)

    assert of("more real images") is case.extra
    assert of("copies") is case.real
    assert of("a good conditional model") is case.generated
    wrong = of("shuffled labels")
    assert torch.equal(wrong.images, case.extra.images)
    assert not torch.equal(wrong.labels, case.extra.labels)
    assert torch.equal(wrong.labels.sort().values, case.extra.labels)
    assert len(of("one image a class").images.flatten(1).unique(dim=0)) == 10
    assert of("noise").images.float().std() > 60
