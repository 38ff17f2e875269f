"""The repr of results is a single line, for any number of images."""

import json
from pathlib import Path

from ganaug.evaluation.advice.result import Advice, Tried
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.labelling import Labels, Reading
from ganaug.evaluation.metrics.result import MetricResult
from ganaug.evaluation.result import Evaluation
from ganaug.evaluation.utility.result import Study
from ganaug.evaluation.utility.significance import Verdict

RECIPE = Candidate("small", "elastic", "equal")


def test_an_evaluation_names_its_metrics_and_values():
    found = {"kid": MetricResult("kid", value=0.12345), "fid": MetricResult("fid")}
    assert repr(Evaluation(found)) == "Evaluation(kid: 0.123, fid: -)"


def test_a_study_names_its_verdict_and_what_it_compares():
    verdict = Verdict("helps", 0.1, (0.05, 0.15), 0.01, 0.05)
    study = Study({"real": [], "both": []}, "real", {"both": verdict}, "both")
    assert repr(study) == "Study(helps: 'both' against 'real', 2 arms)"
    assert repr(Study({}, "", {}, "")).startswith("Study(no verdict")


def test_an_advice_names_what_it_recommends():
    advice = Advice(RECIPE, [Tried(RECIPE, 3, accuracy=0.97, interval=(0.95, 0.99))] * 100)
    assert repr(advice) == "Advice(small, elastic, classes equally often; balanced accuracy 97.0%)"
    assert "recommended" in advice._repr_html_()


def test_labels_are_counted():
    readings = [Reading(f"{number}.png", "cat", 0.9) for number in range(1000)]
    labels = Labels(readings, ["cat", "dog"], {}, Path("labels.csv"))
    assert repr(labels) == "Labels(1,000 files, {'cat': 1000, 'dog': 0}, 'labels.csv')"
    assert "cat" in labels._repr_html_()


def test_labels_are_rows_and_plain_values():
    labels = Labels([Reading("a.png", "cat", 0.9)], ["cat"], {"b": "damaged"}, Path("labels.csv"))
    row = {"file": "a.png", "label": "cat", "probability": 0.9, "remark": ""}
    assert labels.rows() == json.loads(json.dumps(labels.to_dict()))["readings"] == [row]
