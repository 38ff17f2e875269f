"""Splits and subsets depend only on contents."""

from collections import Counter

import pytest

from datamodules.errors import DataError
from datamodules.reading.splits.subsets import (
    choose_per_class,
    content_hash,
    in_turn,
    split_by_content,
)

HASHES = [content_hash(str(i).encode()) for i in range(1000)]
LABELS = [0] * 600 + [1] * 400
NAMES = ("cat", "dog")


def test_every_class_gives_its_share():
    splits = split_by_content(HASHES, LABELS, 0.1, 0.2)
    counts = {(y, s): n for (y, s), n in Counter(zip(LABELS, splits, strict=True)).items()}
    assert counts == {
        **{(0, "train"): 420, (0, "validation"): 60, (0, "test"): 120},
        **{(1, "train"): 280, (1, "validation"): 40, (1, "test"): 80},
    }
    assert set(split_by_content(HASHES, LABELS, 0.0, 0.0)) == {"train"}


def test_a_class_of_twenty_has_its_test_images():
    splits = split_by_content(HASHES[:20], [0] * 20, 0.1, 0.1)
    assert Counter(splits) == {"train": 16, "validation": 2, "test": 2}


def test_copies_share_a_split_within_and_across_classes():
    hashes, labels = HASHES[:300] * 3, [0] * 300 + [0] * 300 + [1] * 300
    splits = split_by_content(hashes, labels, 0.2, 0.2)
    assert splits[:300] == splits[300:600] == splits[600:]
    assert len(set(splits)) == 3


def test_the_split_does_not_depend_on_the_order():
    order = list(range(1000))[::-1]
    forward = split_by_content(HASHES, LABELS, 0.1, 0.2)
    backward = split_by_content([HASHES[i] for i in order], [LABELS[i] for i in order], 0.1, 0.2)
    assert backward == [forward[i] for i in order]


def test_a_new_file_moves_only_the_boundaries():
    before = split_by_content(HASHES[1:], LABELS[1:], 0.1, 0.2)
    after = split_by_content(HASHES, LABELS, 0.1, 0.2)[1:]
    assert sum(old != new for old, new in zip(before, after, strict=True)) <= 2


@pytest.mark.parametrize("per_class", [40, {"cat": 40, "dog": 7}, {"dog": 7}])
def test_counts(per_class):
    chosen = [LABELS[i] for i in choose_per_class(HASHES, LABELS, NAMES, per_class)]
    asked = dict.fromkeys(NAMES, per_class) if isinstance(per_class, int) else per_class
    assert chosen.count(0) == asked.get("cat", 600)
    assert chosen.count(1) == asked.get("dog", 400)


def test_a_text_is_no_count():
    with pytest.raises(
        DataError, match=r"per_class is '\{cat: 3\}'; it must be a number, or a map"
    ):
        choose_per_class(HASHES, LABELS, NAMES, "{cat: 3}")


def test_none_keeps_all():
    assert choose_per_class(HASHES, LABELS, NAMES, None) == list(range(1000))


def test_the_small_choice_is_in_the_large_and_seeds_differ():
    small, large = (set(choose_per_class(HASHES, LABELS, NAMES, n, seed=3)) for n in (40, 100))
    assert small < large
    assert small != set(choose_per_class(HASHES, LABELS, NAMES, 40, seed=4))


def test_the_choice_does_not_depend_on_the_order():
    backwards = choose_per_class(HASHES[::-1], LABELS[::-1], NAMES, 40)
    forwards = choose_per_class(HASHES, LABELS, NAMES, 40)
    assert {HASHES[::-1][i] for i in backwards} == {HASHES[i] for i in forwards}


def test_the_choice_is_independent_of_the_split():
    chosen = choose_per_class(HASHES, LABELS, NAMES, 200)
    halves = [HASHES[i][0] < "8" for i in chosen]
    assert 140 < sum(halves) < 260


@pytest.mark.parametrize(
    ("per_class", "message"),
    [
        ({"cats": 4}, r"unknown class 'cats'; did you mean 'cat'\? Choices: cat, dog"),
        ({"dog": 0}, "per_class is 0 for class 'dog'; it must be 1 or more"),
        (-1, "per_class is -1 for class 'cat'"),
        (401, "401 training images of class 'dog', which has 400; set it to at most 400"),
    ],
)
def test_impossible_requests_name_the_class(per_class, message):
    with pytest.raises(DataError, match=message):
        choose_per_class(HASHES, LABELS, NAMES, per_class)


def test_the_first_in_turn_are_spread_evenly():
    order = in_turn(HASHES, LABELS)
    chosen = [LABELS[i] for i in order[:11]]
    assert (chosen.count(0), chosen.count(1)) == (6, 5)
    assert order == in_turn(HASHES, LABELS)
    assert sorted(order) == list(range(1000))
    assert sorted(in_turn(HASHES, [0] * 998 + [1] * 2)[:6])[-2:] == [998, 999]


def test_images_without_a_label_come_last():
    assert in_turn(HASHES[:4], [-1, 0, -1, 1])[:2] == [1, 3]
    assert sorted(in_turn(HASHES[:4], [-1, 0, -1, 1])) == [0, 1, 2, 3]
    assert sorted(in_turn(HASHES[:2], [-1, -1])) == [0, 1]
    assert in_turn([], []) == []
