"""Figures on a page that no result of its sections' studies holds are found."""

import pytest

from benchmarks.figures import holds, unsupported_figures
from benchmarks.store import Measurement

RESULTS = [
    Measurement("vae", "kl nats", 25.84, range=[25.1, 26.0]),
    Measurement("vae", "accuracy %", 97.7, interval=[97.3, 98.1]),
    Measurement("gan", "output", text="agreement 88.8% of 5000, FID 0.264 ± 0.031"),
    Measurement("kills", "same", 20),
    Measurement("kills", "kills", 21),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("KL 25.8 nats, 97.7% right", []),
        ("KL 25.1 to 26.0, interval 97.3 to 98.1%", []),
        ("KL 25.9 nats", ["25.9 nats"]),
        ("97.8% right", ["97.8%"]),
        ("KL 97.7", ["97.7"]),  # the number of a percentage
        ("25.1 to 26.1", ["25.1 to 26.1"]),
        ("from 72% to\n97%", ["72% to 97%"]),
        ("12.6 min, 30 seconds, a 60-minute fit", ["12.6 min", "30 seconds", "60-minute"]),
        ("38 images/s with 930 MiB", ["38 images/s", "930 MiB"]),
        ("0.5 ± 0.2, 4 ±3", ["0.5", "± 0.2", "±3"]),
        ("16 of 17 and 3 to 5", ["16 of 17", "3 to 5"]),
        ("1 in 1,000, 3–5, 5 times", ["1 in 1,000", "3–5", "5 times"]),  # noqa: RUF001
        ("7 percent, 40 images per second", ["7 percent", "40 images per second"]),
        ("+1.72 points", ["+1.72 points"]),
        ("| 10 | 0.854 |", ["0.854"]),
        ("256 photos of 64 px, five of ten, 2 classes, version 0.1.0", []),
        ("`--data.validation 0.25` of\n[this](page.md#0.3) ![that](0.9.png) <img width='0.5'>", []),
        ("```python\nrate = 0.25  # 3 of 4\n```", []),
        ("```\ntool --share 0.3 --filter agreement=0.5\n```", []),
        ("```\nfid 0.31 0.2 to 0.4\n```", ["0.31", "0.2 to 0.4"]),
        ("<!-- results: x -->\n| 99.9% |\n<!-- /results -->\n1.5", ["1.5"]),
        ("## Another section\n25.8", ["25.8"]),
    ],
)
def test_what_counts_as_a_measured_figure(text, found):
    assert [*unsupported_figures(f"# Page\n<!-- from: vae -->\n{text}", RESULTS)] == found


def test_a_section_may_name_several_studies():
    page = "# A\n<!-- from: gan, kills -->\nof 88.8%, 0.264 ± 0.031, 20 of 21"
    assert [*unsupported_figures(page, RESULTS)] == []
    assert [*unsupported_figures(page.replace("gan, ", ""), RESULTS)] == [
        "88.8%",
        "0.264",
        "± 0.031",
    ]


def test_phrases_that_were_not_measured_are_passed_over():
    page = "a 95% interval, and 95% right"
    assert [*unsupported_figures(page, [], ["95% interval"])] == ["95%"]


def test_figures_are_rounded_as_they_are_shown():
    result = Measurement("a", "b", 1630.4)
    shown = ("1,630", "1630", "1630.4", "1,631", "1630.5")
    assert [holds([result], each, percent=False) for each in shown] == [
        True,
        True,
        True,
        False,
        False,
    ]
