"""What `evaluate` names as the next command."""

import inspect
from pathlib import Path

import pytest

from ganaug.cli import evaluate as command
from ganaug.evaluation.evaluate import evaluate
from ganaug.evaluation.metrics.result import MetricResult
from ganaug.evaluation.result import Evaluation

TRUSTED = {"fid": MetricResult("fid", "domain-labels", 1.0)}
WEAK = {"fid": MetricResult("fid", "domain-labels", 1.0, weak_features="too few images")}
SET = "--synthetic made --real photos"
UTILITY = f"  python tools/utility.py {SET} --out utility"
AGAIN = f"  python tools/evaluate.py {SET} --features imagenet"


@pytest.mark.parametrize(
    ("metrics", "class_names", "last"),
    [
        (TRUSTED, ("rose", "tulip"), UTILITY),
        (TRUSTED, ("rose",), "metrics: metrics.json"),
        (WEAK, ("rose", "tulip"), AGAIN),
    ],
)
def test_the_next_command_suits_the_result(monkeypatch, capsys, metrics, class_names, last):
    def done(**_):
        by_class = {name: Evaluation(metrics) for name in class_names}
        return Evaluation(metrics, by_class=by_class, file=Path("metrics.json"))

    done.__signature__ = inspect.signature(evaluate)
    monkeypatch.setitem(vars(command.COMMAND), "function", done)
    command.main(SET.split())
    *_, printed = capsys.readouterr().out.splitlines()
    assert printed == last
