"""The agreement against real images in the same class proportions, with Newcombe's interval."""

import pytest
import torch

from ganaug.evaluation.metrics.agreement import Agreement, agreement
from ganaug.evaluation.metrics.modes import effective_number
from ganaug.evaluation.metrics.result import share_interval


class Judge:
    """Reads the class from an image's first pixel."""

    name, report, logits_mean_classes = "judge", None, True

    def features_and_logits(self, images):
        classes = ((images[:, 0, 0, 0] + 1) * 127.5).round().long()
        return images.flatten(1), torch.nn.functional.one_hot(classes, 3)


def shown(*classes):
    images = torch.zeros(len(classes), 1, 2, 2, dtype=torch.uint8)
    images[:, 0, 0, 0] = torch.tensor(classes)
    return images


def test_real_images_count_in_the_proportions_of_the_synthetic_ones():
    """The judge misreads half of class b, which is rare in real images and filled up."""
    found = agreement(
        Judge(),
        ["a", "b", "c"],
        synthetic=shown(*[0] * 10, *[1] * 45, *[0] * 45),
        synthetic_labels=torch.tensor([0] * 10 + [1] * 90),
        reference=shown(*[0] * 90, *[1] * 5, *[0] * 5, *[2] * 7),
        reference_labels=torch.tensor([0] * 90 + [1] * 10 + [2] * 7),
    )
    assert found.overall == found.real_overall == pytest.approx(0.55)
    assert found.n_real == 100
    assert found.read_as == {"a": 55, "b": 45, "c": 0}
    assert found.classes_read == pytest.approx(effective_number(found.read_as))
    assert found.classes_asked == pytest.approx(effective_number({"a": 10, "b": 90}))
    assert found.gap[0] < 0 < found.gap[1]


def test_the_gap_of_a_class_is_newcombes():
    # Newcombe 1998, table II (a), method 10: 56 of 70 and 48 of 80 differ by 0.0524 to 0.3339.
    found = Agreement(
        *("judge", 48 / 80, {"a": 48 / 80}, {"a": 80}, 56 / 70, {"a": 56 / 70}, 70),
        n_real_per_class={"a": 70},
    )
    assert found.gap == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert found.of_class("a").gap == found.gap


def test_a_class_without_test_images_is_left_out_of_the_gap():
    counts = {"a": 100, "b": 100}
    found = Agreement(
        *("judge", 0.5, {"a": 1.0, "b": 0.0}, counts, 1.0, {"a": 1.0}, 100),
        n_real_per_class={"a": 100, "b": 0},
    )
    low, _ = share_interval(1.0, 100)
    assert found.gap == pytest.approx((low - 1, 1 - low))
    assert found.of_class("b").gap is None
    assert found.of_class("b").result.real_baseline is None
