"""The filter duplicates: its threshold comes from different real images."""

import numpy as np
import pytest
import torch

from ganaug.synthesis import GeneratorSource, expand
from ganaug.synthesis.filters.duplicates import DuplicateFilter, different
from ganaug.utils.errors import UsageError


class Flat:
    """Gives the pixels of an image as its maps."""

    def maps(self, images):
        return images.flatten(1)


@pytest.fixture
def held_out():
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (30, 1, 4, 4), generator=generator).to(torch.uint8)


def test_copies_among_the_held_out_images_change_nothing(held_out):
    expected = DuplicateFilter(Flat(), held_out).apart
    copied = torch.cat([held_out[:1], held_out, held_out[7:9]])
    assert DuplicateFilter(Flat(), copied).apart == pytest.approx(expected) != 0
    assert torch.equal(different(copied), held_out)


def test_duplicates_are_closer_than_the_nearest_1_percent_of_real_images():
    """Gaps between images whose projections lie on a line: 1, 2, 3 and so on."""
    places = torch.arange(22).cumsum(0)
    held_out = torch.zeros(22, 1, 16, 16, dtype=torch.uint8)
    held_out[:, 0, 0, 0] = places
    found = DuplicateFilter(Flat(), held_out)
    (a, b) = torch.tensor(found.sketch(held_out[[0, 1]]))
    unit = float((a - b).norm())
    nearest = [1, *range(1, 22)]
    assert found.apart == pytest.approx(unit * np.quantile(nearest, 0.01), rel=1e-3)


def test_copies_do_not_count_towards_the_images_needed(held_out):
    copied = torch.cat([held_out[:19], held_out[:10]])
    with pytest.raises(
        UsageError, match=r"needs 20 different held-out real images .* there are 19"
    ):
        DuplicateFilter(Flat(), copied)


def test_two_filters_of_duplicates_are_refused(held_out, painter, tmp_path):
    filters = [DuplicateFilter(Flat(), held_out), DuplicateFilter(Flat(), held_out[:25])]
    source, plan = GeneratorSource(painter(0), "a"), {"generator": {"a": 1}}
    with pytest.raises(UsageError, match="`filters` has two duplicate filters; give one"):
        expand([source], plan, tmp_path, filters=filters)
