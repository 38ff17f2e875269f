"""An evaluation as a mapping, a table and a file."""

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ganaug.evaluation.files import check_metrics_file, facts_of
from ganaug.evaluation.memorization.detector import Pair
from ganaug.evaluation.memorization.result import Memorization
from ganaug.evaluation.metrics.agreement import Agreement
from ganaug.evaluation.metrics.result import MetricResult, RealBaseline, share_interval
from ganaug.evaluation.result import WRITER, Evaluation, classes
from ganaug.evaluation.table import table
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.utils.errors import UsageError
from helpers.image_folders import write as write_image

FID = MetricResult(
    *("fid", "domain-labels", 1.25, (1.0, 1.5)),
    n=100,
    n_real=200,
    real_baseline=RealBaseline(0.5, 0.01, 90, 3),
)
KID = MetricResult(
    "kid", "domain-labels", n=10, n_real=200, reason="needs at least 20 images, got 10"
)
RECALL = MetricResult(
    *("recall", "inception", 0.42, None),
    n=100,
    n_real=100,
    real_baseline=RealBaseline(0.88, 0.01, 100, 3),
)
AGREED = Agreement(
    *("domain-labels", 0.95, {"a": 0.9, "b": 1.0}, {"a": 50, "b": 50}, 0.98),
    *({"a": 0.97, "b": 0.99}, 200, ""),
    read_as={"a": 45, "b": 55},
    classes_asked=2.0,
    classes_read=1.98,
)
COPIES = Memorization(0.031, 0.62, 0.004, 0.5, "domain-labels", 100, 200)
FOUND = Evaluation(
    {"fid": FID, "kid": KID, "recall": RECALL},
    AGREED,
    by_class=classes({"a": {"kid": KID}, "b": {"recall": RECALL}}, AGREED, {"b": COPIES}),
    memorization=COPIES,
    distances={"synthetic": [0.1, 0.9], "held_out": [0.2, 1.0]},
    closest=[Pair("a/1.png", "photos/a/2.png", 0.1, copy=True)],
)


def test_table_shows_every_metric_with_its_features_interval_and_baseline():
    lines = table(FOUND).splitlines()
    (fid,) = [line for line in lines if line.startswith("domain-labels FID")]
    words = ("1.250", "1.000 to 1.500", "100", "200", "0.500 ± 0.01 (n 90)")
    assert all(word in fid for word in words)
    assert "domain-labels KID: needs at least 20 images, got 10" in lines
    assert any("3.1% of 100 are closer to a training image than the 1% quan" in x for x in lines)
    assert "            of new real images, 1.5% are expected, and up to 4.0% by chance;" in lines
    assert any(line.endswith("(95% interval 1.0% to 8.5%), by domain-labels;") for line in lines)
    # Wilson's formula for 3 of 100.
    assert any("(95% interval 1.0% to 8.5%)" in line for line in lines)
    assert any(
        "as varied as 1.98 classes of the same size; 2.00 were requested" in x for x in lines
    )


def test_a_baseline_of_a_single_draw_has_no_spread():
    baseline = replace(FID.real_baseline, spread=None, draws=1)
    text = table(replace(FOUND, metrics={"fid": replace(FID, real_baseline=baseline)}))
    assert "  0.500 (n 90)" in text


def test_columns_of_large_values_do_not_touch():
    large = replace(FID, value=50800.0, interval=(45900.0, 1234567890.0))
    text = table(replace(FOUND, metrics={"fid": large}))
    assert " 5.08e+04 4.59e+04 to 1.23e+09 " in text


def test_only_inceptions_metrics_go_by_their_plain_name():
    assert [each.label for each in FOUND.metrics.values()] == [
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


def test_missing_results_are_left_out():
    text = table(Evaluation({"fid": FID, "kid": KID}, Agreement.none("there is a single class")))
    assert "recall" not in text
    assert "copies" not in text
    assert "agreement: there is a single class" in text


def test_file_holds_everything_and_may_be_written_again(tmp_path):
    path = tmp_path / "metrics.json"
    for seed in (1, 2):
        check_metrics_file(path)
        replace(FOUND, facts={"seed": seed}).to_json(path)
    found = json.loads(path.read_text())
    assert found["seed"] == 2
    assert found["metrics"][0]["real_baseline"]["value"] == 0.5
    assert found["metrics"][0]["interval"] == [1.0, 1.5]
    assert found["metrics"][0]["label"] == "domain-labels FID"
    assert found["by_class"]["b"]["recall"]["value"] == 0.42
    assert found["metrics"][2]["value"] == 0.42
    assert found["metrics"][2]["real_baseline"]["value"] == 0.88
    assert found["memorization"]["copies"] == 0.031
    low, high = found["memorization"]["interval"]
    assert low < 0.031 < high
    assert found["memorization_by_class"]["b"]["p_value"] == 0.004
    assert found["closest"][0]["training"] == "photos/a/2.png"
    assert found["distances"] == {"synthetic": [0.1, 0.9], "held_out": [0.2, 1.0]}
    assert found["agreement"]["per_class"] == {"a": 0.9, "b": 1.0}
    # For a share of 1, the upper bound is 1 and the lower one n / (n + z^2).
    low, high = found["agreement"]["interval_per_class"]["b"]
    count = found["agreement"]["n_per_class"]["b"]
    assert (low, high) == pytest.approx((count / (count + 1.96**2), 1), abs=1e-4)
    assert [p.name for p in tmp_path.iterdir()] == ["metrics.json"]


def test_a_picture_of_someone_else_is_in_the_way(tmp_path):
    (tmp_path / "closest.png").write_text("mine")
    with pytest.raises(UsageError, match=r"closest.png exists, and the picture"):
        check_metrics_file(tmp_path / "metrics.json")
    check_metrics_file(tmp_path / "other.json")
    # It isn't ours either if our metrics next to it have no picture.
    (tmp_path / "metrics.json").write_text(json.dumps({"writer": WRITER}))
    with pytest.raises(UsageError, match=r"closest.png exists, and the picture"):
        check_metrics_file(tmp_path / "metrics.json")
    pictures = {"writer": WRITER, "pictures": {"closest": "closest.png"}}
    (tmp_path / "metrics.json").write_text(json.dumps(pictures))
    check_metrics_file(tmp_path / "metrics.json")


def test_the_command_is_kept_without_paths_of_the_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["--synthetic", f"{tmp_path}/lr=0.1/set", f"--real={tmp_path}/my photos", "--seed=3"]
    words += [f"--run={tmp_path}/lr=0.1/run"]
    monkeypatch.setattr(sys, "argv", [f"{tmp_path}/tools/evaluate.py", *words])
    data = SimpleNamespace(describe=lambda: "photos", fingerprint="f")
    found = facts_of(data, SimpleNamespace(report=None, name="x"), 0)["command"]
    assert found == (
        "python tools/evaluate.py --synthetic lr=0.1/set '--real=my photos' --seed=3 "
        "--run=lr=0.1/run"
    )


@pytest.mark.parametrize("content", ["not json", '{"mine": 1}', "[]"])
def test_a_file_of_someone_else_is_left_alone(tmp_path, content):
    path = tmp_path / "metrics.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="was not written by this tool"):
        check_metrics_file(path)
    assert path.read_text() == content
    with pytest.raises(UsageError, match="there is no folder"):
        check_metrics_file(tmp_path / "none" / "metrics.json")


def test_results_of_another_set_are_left_alone(tmp_path):
    sets = [tmp_path / "sets/a", tmp_path / "sets/b"]
    for each in sets:
        write_image(each / "rose/0.png", 0)
    # Each set has its own results, with the class folders and without a manifest too.
    places = [SyntheticDataset.open(each).results_folder for each in sets]
    assert places == sets
    path = tmp_path / "metrics.json"
    assert [SyntheticDataset.open(each).place_from(path) for each in sets] == ["sets/a", "sets/b"]
    replace(FOUND, facts={"set": "sets/a"}).to_json(path)
    before = path.read_bytes()
    check_metrics_file(path, "sets/a")
    with pytest.raises(
        UsageError, match=r"metrics.json holds the results of another set \(sets/a\)"
    ):
        check_metrics_file(path, "sets/b")
    assert path.read_bytes() == before
    # Files of earlier versions do not say whose they are.
    FOUND.to_json(path)
    check_metrics_file(path, "sets/b")


def test_intervals_of_shares_against_a_table():
    # Newcombe 1998, table I: 81 of 263.
    assert share_interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_it_is_a_mapping_of_all_results():
    assert list(FOUND) == ["fid", "kid", "recall", "agreement", "memorized"]
    assert FOUND["fid"].interval == (1.0, 1.5)
    assert FOUND["agreement"].value == 0.95
    assert FOUND["agreement"].real_baseline.value == 0.98
    assert FOUND["memorized"].interval == COPIES.interval
    assert FOUND["memorized"].real_baseline.value == pytest.approx(2.99 / 201)
    assert FOUND.by_class["b"]["recall"] == RECALL
    assert FOUND.by_class["b"]["memorized"].value == 0.031
    assert FOUND.by_class["a"]["agreement"].value == 0.9
    missing = Evaluation({}, Agreement.none("one class"), memorization_missing="too few")
    assert (missing["agreement"].reason, missing["memorized"].reason) == ("one class", "too few")


def test_what_is_written_is_read_again(tmp_path):
    FOUND.to_json(tmp_path / "metrics.json")
    again = Evaluation.from_json(tmp_path / "metrics.json")
    assert again == FOUND
    (tmp_path / "other.json").write_text('{"mine": 1}')
    with pytest.raises(UsageError, match="holds no evaluation"):
        Evaluation.from_json(tmp_path / "other.json")


@pytest.mark.parametrize("interval", [[1], [1, 2, 3], "wide"])
def test_a_damaged_interval_is_refused(interval):
    content = FOUND.to_dict()
    content["metrics"][0]["interval"] = interval
    with pytest.raises(UsageError, match=r"this holds no evaluation .*; evaluate again"):
        Evaluation.from_dict(content)


def test_files_of_earlier_versions_are_read():
    baseline = {"value": 0.1, "spread": None, "n": 9, "draws": 1}
    auc = {"name": "AUC", "features": "domain-labels", "value": 0.8, "spread": None, "n_real": 9}
    auc |= {"n_synthetic": 8, "floor": baseline, "reason": "", "interval": [0.7, 0.9]}
    old = {"writer": WRITER, "seed": 3, "figures": [auc], "by_class": {"a": {"AUC": auc}}}
    found = Evaluation.from_dict(old | {"overlap": None, "memorization": None, "closest": []})
    assert found["c2st"].value == found.by_class["a"]["c2st"].value == 0.8
    assert (found["c2st"].n, found["c2st"].real_baseline.value) == (8, 0.1)
    assert found["c2st"].label == "domain-labels C2ST"
    assert found.facts == {"seed": 3}


def test_a_notebook_shows_a_table():
    assert "<td>fid</td>" in FOUND._repr_html_()
    frame = pytest.importorskip("pandas") and FOUND.to_frame()
    assert len(frame) == len(FOUND) + sum(map(len, FOUND.by_class.values()))
    assert frame.set_index(["class", "metric"]).loc[("b", "recall"), "real_baseline"] == 0.88


def test_pandas_that_is_missing_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match=r"to_frame needs pandas: pip install 'ganaug\[pandas\]'"):
        FOUND.to_frame()


def test_images_that_were_planned_and_never_made_are_said():
    assert "never made" not in str(replace(FOUND, facts={"short": {}}))
    text = str(replace(FOUND, facts={"short": {"rose": 3, "tulip": 1200}}))
    assert "1,203 of the planned images were never made" in text
    assert "(rose 3, tulip 1,200)" in text
