"""Several classifiers are compared in the report, each with its arms and its note."""

from ganaug.reporting.blocks import Table, Text
from ganaug.reporting.sections.utility import utility
from helpers.made_up_set import report_inputs, study

MINUS = "\N{MINUS SIGN}"


def test_classifiers_stand_side_by_side():
    note = "note: lite0 also helped to train the generator"
    other = study("hurts", -0.02) | {"classifier": "imagenet", "generator_note": note}
    both = study("helps", 0.03) | {"others": {"imagenet": other}}
    blocks = utility(report_inputs(study=both)).blocks
    summary, *rest = blocks
    assert summary.head[0] == "Classifier"
    rows = [[str(cell).replace(MINUS, "-") for cell in (row[0], *row[2:])] for row in summary.rows]
    assert rows == [
        ["small", "+3.00", "helps", "+2.00 to +4.00", "80.1%", "83.1%"],
        ["imagenet", "-2.00", "hurts", "-3.00 to -1.00", "80.1%", "78.1%"],
    ]
    single = utility(report_inputs(study=study("helps", 0.03))).blocks
    assert len(rest) == 2 * len(single)
    designs = [block.words for block in rest if isinstance(block, Text)]
    assert "Note: lite0 also helped to train the generator" in designs[1]
    assert sum(isinstance(block, Table) for block in single) == 2


def test_only_changes_of_classes_beyond_chance_are_colored():
    def change(word, difference, interval, n):
        verdict = {"word": word, "difference": difference, "interval": interval}
        return {"verdict": verdict, "n": n}

    known = [
        change("helps", 0.03, [0.01, 0.05], 900),
        change("no difference found", 0.03, [-0.9, 0.96], 3),
    ]
    earlier, shown = (
        utility(report_inputs(study=study("helps", 0.03) | facts)).blocks[-1]
        for facts in ({}, {"classes": known})
    )
    assert [row[3] for row in shown.rows] == ["+1.00 to +5.00", f"{MINUS}90.00 to +96.00"]
    assert [row[-1] for row in shown.rows] == ["900", "3"]
    assert ["dot good" in row[1] for row in shown.rows] == [True, False]
    assert not any("dot good" in row[1] or "whisker" in row[1] for row in earlier.rows)
    assert "without intervals" in earlier.caption
