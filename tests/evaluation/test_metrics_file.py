"""The table and the file."""

import json
from dataclasses import replace

import pytest

from ganaug.evaluation import (
    Agreement,
    Figure,
    Findings,
    Floor,
    Memorization,
    Pair,
    check_metrics_file,
    table,
    write_metrics,
)
from ganaug.evaluation.metrics.result import share_interval
from ganaug.evaluation.metrics_file import WRITER
from ganaug.utils.errors import UsageError

FIGURES = [
    Figure(
        *("FID", "domain-labels", 1.25, None, 200, 100, Floor(0.5, 0.01, 90, 3), ""),
        interval=(1.0, 1.5),
    ),
    Figure("KID", "domain-labels", None, None, 200, 10, None, "needs at least 20 images, got 10"),
    Figure("recall", "inception", 0.42, None, 100, 100, Floor(0.88, 0.01, 100, 3), ""),
]
AGREED = Agreement(
    *("domain-labels", 0.95, {"a": 0.9, "b": 1.0}, {"a": 50, "b": 50}, 0.98),
    *({"a": 0.97, "b": 0.99}, 200, ""),
    read_as={"a": 45, "b": 55},
    classes_asked=2.0,
    classes_read=1.98,
)
COPIES = Memorization(0.031, 0.62, 0.004, 0.5, "domain-labels", 100, 200)
FOUND = Findings(
    FIGURES,
    AGREED,
    by_class={"a": FIGURES[1:2], "b": FIGURES[2:]},
    memorized=COPIES,
    memorized_by_class={"b": COPIES},
    distances={"synthetic": [0.1, 0.9], "held_out": [0.2, 1.0]},
    closest=[Pair("a/1.png", "photos/a/2.png", 0.1, copy=True)],
)


def test_table_shows_every_figure_with_its_features_interval_and_floor():
    lines = table(FOUND).splitlines()
    (fid,) = [line for line in lines if line.startswith("domain-labels FID")]
    words = ("1.250", "1.000 to 1.500", "100", "200", "0.500 ± 0.01 (n 90)")
    assert all(word in fid for word in words)
    assert "domain-labels KID: needs at least 20 images, got 10" in lines
    assert any("3.1% of 100 are nearer to a training image than 99% of 200" in x for x in lines)
    assert any(line.endswith("(95% interval 1.0% to 8.5%), by domain-labels;") for line in lines)
    # Of 3 in 100 by Wilson's formula.
    assert any("(95% interval 1.0% to 8.5%)" in line for line in lines)
    assert any(
        "as varied as 1.98 classes of the same size; asked for were 2.00" in x for x in lines
    )


def test_a_floor_of_a_single_draw_has_no_spread():
    floor = replace(FIGURES[0].floor, spread=None, draws=1)
    text = table(replace(FOUND, figures=[replace(FIGURES[0], floor=floor)]))
    assert "  0.500 (n 90)" in text


def test_large_figures_stay_apart():
    large = replace(FIGURES[0], value=50800.0, interval=(45900.0, 1234567890.0))
    text = table(replace(FOUND, figures=[large]))
    assert " 5.08e+04 4.59e+04 to 1.23e+09 " in text


def test_only_inceptions_figures_go_by_their_plain_name():
    assert [figure.label for figure in FIGURES] == [
        "domain-labels FID",
        "domain-labels KID",
        "recall",
    ]


def test_classes_have_a_row_each_below():
    lines = table(FOUND).splitlines()
    rows = [line.split() for line in lines[lines.index("") :]]
    assert ["a", "50", "90.0%", "97.0%", "-", "-", "-"] in rows
    assert ["b", "50", "100.0%", "99.0%", "3.1%", "-", "0.42", "/", "0.88"] in rows
    assert "-: needs at least 20 images, got 10" in lines


def test_what_could_not_be_told_is_left_out():
    text = table(Findings(FIGURES[:2], Agreement.none("there is a single class")))
    assert "recall" not in text
    assert "copies" not in text
    assert "agreement: there is a single class" in text


def test_file_holds_everything_and_may_be_written_again(tmp_path):
    path = tmp_path / "metrics.json"
    for seed in (1, 2):
        check_metrics_file(path)
        write_metrics(path, FOUND, {"seed": seed})
    found = json.loads(path.read_text())
    assert found["seed"] == 2
    assert found["figures"][0]["floor"]["value"] == 0.5
    assert found["figures"][0]["interval"] == [1.0, 1.5]
    assert found["figures"][0]["label"] == "domain-labels FID"
    assert found["by_class"]["b"]["recall"]["value"] == 0.42
    assert found["overlap"] == {"recall": 0.42}
    assert found["real_overlap"] == {"recall": 0.88}
    assert found["memorization"]["copies"] == 0.031
    low, high = found["memorization"]["interval"]
    assert low < 0.031 < high
    assert found["memorization_by_class"]["b"]["p_value"] == 0.004
    assert found["closest"][0]["training"] == "photos/a/2.png"
    assert found["distances"] == {"synthetic": [0.1, 0.9], "held_out": [0.2, 1.0]}
    assert found["agreement"]["per_class"] == {"a": 0.9, "b": 1.0}
    # Of 1.0 the upper bound is 1, and the lower n / (n + z^2).
    low, high = found["agreement"]["interval_per_class"]["b"]
    count = found["agreement"]["n_per_class"]["b"]
    assert (low, high) == pytest.approx((count / (count + 1.96**2), 1), abs=1e-4)
    assert [p.name for p in tmp_path.iterdir()] == ["metrics.json"]


def test_a_picture_of_someone_else_is_in_the_way(tmp_path):
    (tmp_path / "closest.png").write_text("mine")
    with pytest.raises(UsageError, match=r"closest.png is in the way"):
        check_metrics_file(tmp_path / "metrics.json")
    check_metrics_file(tmp_path / "other.json")
    # Nor is it ours where the figures beside it are, and came without a picture.
    (tmp_path / "metrics.json").write_text(json.dumps({"writer": WRITER}))
    with pytest.raises(UsageError, match=r"closest.png is in the way"):
        check_metrics_file(tmp_path / "metrics.json")
    pictures = {"writer": WRITER, "pictures": {"closest": "closest.png"}}
    (tmp_path / "metrics.json").write_text(json.dumps(pictures))
    check_metrics_file(tmp_path / "metrics.json")


@pytest.mark.parametrize("content", ["not json", '{"mine": 1}', "[]"])
def test_a_file_of_someone_else_is_left_alone(tmp_path, content):
    path = tmp_path / "metrics.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="not a file of this tool's"):
        check_metrics_file(path)
    assert path.read_text() == content
    with pytest.raises(UsageError, match="there is no folder"):
        check_metrics_file(tmp_path / "none" / "metrics.json")


def test_intervals_of_shares_against_a_table():
    # Newcombe 1998, table I: 81 of 263.
    assert share_interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
