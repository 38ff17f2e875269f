"""Charts: marks are at the positions of their values."""

import re

import pytest

from ganaug.reporting.bars import Scale, bar, difference, with_axis
from ganaug.reporting.estimates import Estimate
from ganaug.reporting.plots import Line, plot, thinned, ticks, values


def test_a_bar_ends_at_its_value_with_the_real_mark_beside():
    drawn = bar(Estimate(0.5, (0.4, 0.6)), Scale(0, 1), 'says "x" < y', real=0.9)
    assert 'class="synthetic" x="0.00%" y="4" width="50.00%"' in drawn
    assert 'class="real" x1="90.00%" x2="90.00%"' in drawn
    assert 'class="whisker" x1="40.00%" x2="60.00%"' in drawn
    assert "says &#34;x&#34; &lt; y" in drawn


def test_a_negative_bar_goes_to_the_left_of_zero():
    drawn = bar(Estimate(-0.5), Scale(-1, 1), "")
    assert 'x="25.00%" y="4" width="25.00%"' in drawn
    assert "whisker" not in drawn


def test_a_difference_is_drawn_next_to_zero_and_within_the_chart():
    drawn = difference(Estimate(0.2, (-9, 9)), Scale(-0.1, 0.3), "", "good")
    assert 'class="dot good" cx="75.00%"' in drawn
    assert 'class="zero" x1="25.00%"' in drawn
    assert 'x1="0.00%" x2="100.00%"' in drawn


def test_a_very_wide_interval_does_not_compress_the_others():
    scale = Scale.of_differences([Estimate(0.02, (0.01, 0.03)), Estimate(-0.04, (-0.9, 0.8))])
    assert scale.high - scale.low < 0.2
    drawn = difference(Estimate(-0.04, (-0.9, 0.8)), scale, "", "plain")
    # The line, and no ends.
    assert drawn.count("whisker") == 1


@pytest.mark.parametrize("values", [[], [0.0], [2.0, 3.0], [-3.0, -2.0]])
def test_a_scale_holds_zero_and_its_values(values):
    scale = Scale.around(values)
    assert all(scale.low <= value <= scale.high for value in [0.0, *values])
    assert scale.low < scale.high


def test_ticks_are_round_and_enclose_or_lie_within():
    assert ticks(0.3, 7.9) == [0, 2, 4, 6, 8]
    assert ticks(0.3, 7.9, within=True) == [2, 4, 6]
    assert ticks(-1, 1) == [-1, -0.5, 0, 0.5, 1]
    assert ticks(5, 5)[0] <= 5 <= ticks(5, 5)[-1]
    assert ticks(0, 0.0031) == [0, 0.001, 0.002, 0.003, 0.004]


def test_a_line_goes_through_its_points_and_leaves_gaps():
    drawn = plot({"first": Line([0, 1, 2, 3], [0, 10, float("nan"), 5])}, "says")
    path = re.search(r'class="curve first" d="([^"]+)"', drawn)[1]
    assert path == "M0.00 100.00L33.33 0.00M100.00 50.00"


def test_a_long_line_is_averaged():
    short = thinned(Line(range(1000), [1.0] * 1000), max_points=100)
    assert len(short.across) == 100
    assert short.across[0] == 4.5
    assert set(short.up) == {1.0}


def test_an_interval_that_leaves_the_chart_has_an_arrow_on_that_side():
    scale = Scale(-0.1, 0.3)
    drawn = difference(Estimate(0.2, (-9, 0.25)), scale, "", "good")
    assert re.findall(r'class="arrow" x="(\d+)%"', drawn) == ["0"]
    assert re.findall(r'"arrow" x="(\d+)%"', bar(Estimate(0.2, (0, 9)), scale, "")) == ["100"]
    assert "arrow" not in difference(Estimate(0.2, (0.1, 0.25)), scale, "", "good")


def test_an_axis_names_values_where_they_are():
    drawn = with_axis("FID", Scale(0, 1))
    assert re.findall(r"left:([\d.]+)%\">([^<]+)<", drawn) == [
        ("0.00", "0"),
        ("40.00", "0.4"),
        ("80.00", "0.8"),
    ]


def test_one_point_is_a_value_and_next_to_a_line_a_dot():
    assert "FID 3.5, at batch 1,200" in values({"FID": Line([1200], [3.5])})
    drawn = plot({"first": Line([0, 2], [0, 10]), "second": Line([1], [5])}, "")
    assert 'class="curve second" d="M50.00 50.00h0"' in drawn
