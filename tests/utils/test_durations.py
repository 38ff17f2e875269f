"""Durations in words: how far they are from the seconds they stand for."""

import pytest

from ganaug.utils.durations import SECONDS, in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (5, "5 seconds"),
        (60, "1 minute"),
        (90, "90 seconds"),
        (119, "2 minutes"),
        (150, "2.5 minutes"),
        (61 * 60, "61 minutes"),
        (3600 * 10, "10 hours"),
        (3600 * 48, "48 hours"),
    ],
)
def test_durations_in_words(seconds, words):
    assert in_words(seconds) == words


def test_words_are_off_by_a_tenth_at_most():
    for quarters in range(4, 4 * 40 * 3600, 3):
        number, unit = in_words(quarters / 4).split()
        off = abs(float(number) * SECONDS[unit[0]] - quarters / 4)
        assert off <= max(0.5, quarters / 4 / 10), quarters / 4
        assert unit.endswith("s") == (number != "1")
