"""The table and the file."""

import json

import pytest

from ganaug.errors import UsageError
from ganaug.evaluation import (
    Agreement,
    Figure,
    Findings,
    Floor,
    Manifold,
    Memorization,
    check_metrics_file,
    table,
    write_metrics,
)

FIGURES = [
    Figure("FID", "domain-labels", 1.25, None, 200, 100, Floor(0.5, 0.01, 90, 3), ""),
    Figure("KID", "domain-labels", None, None, 200, 10, None, "needs at least 20 images, got 10"),
]
AGREED = Agreement("domain-labels", 0.95, {"a": 0.9, "b": 1.0}, {"a": 50, "b": 50}, 0.98,
                   {"a": 0.97, "b": 0.99}, 200, "")  # fmt: skip
FOUND = Findings(
    FIGURES,
    AGREED,
    Manifold(0.81, 0.42, 0.9, 0.7),
    Manifold(0.9, 0.88, 1.0, 0.95),
    Memorization(0.031, 0.62, 0.004, 0.5, 100, 200),
)


def test_table_shows_every_figure_with_its_features_and_floor():
    lines = table(FOUND).splitlines()
    (fid,) = [line for line in lines if line.startswith("FID")]
    assert all(word in fid for word in ("domain-labels", "1.25", "100", "200", "0.5 ± 0.01 (n 90)"))
    assert "KID: needs at least 20 images, got 10" in lines
    assert ["recall", "0.420", "0.880"] in [line.split() for line in lines]
    assert any("3.1% of 100 are nearer to a training image than 99% of 200" in x for x in lines)
    assert any(line.split() == ["b", "100.0%", "50", "99.0%"] for line in lines)


def test_what_could_not_be_told_is_left_out():
    text = table(Findings(FIGURES, AGREED))
    assert "recall" not in text
    assert "copies" not in text


def test_file_holds_everything_and_may_be_written_again(tmp_path):
    path = tmp_path / "metrics.json"
    for seed in (1, 2):
        write_metrics(path, FOUND, {"seed": seed})
    found = json.loads(path.read_text())
    assert found["seed"] == 2
    assert found["figures"][0]["floor"]["value"] == 0.5
    assert found["overlap"]["recall"] == 0.42
    assert found["memorization"]["copies"] == 0.031
    assert found["agreement"]["per_class"] == {"a": 0.9, "b": 1.0}
    assert [p.name for p in tmp_path.iterdir()] == ["metrics.json"]


@pytest.mark.parametrize("content", ["not json", '{"mine": 1}', "[]"])
def test_a_file_of_someone_else_is_left_alone(tmp_path, content):
    path = tmp_path / "metrics.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="not a file of this tool's"):
        write_metrics(path, FOUND, {})
    assert path.read_text() == content
    with pytest.raises(UsageError, match="there is no folder"):
        check_metrics_file(tmp_path / "none" / "metrics.json")
