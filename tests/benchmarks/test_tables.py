"""Tables are generated from the newest results, with dates and machines in a footnote."""

import pytest
from jinja2 import Environment, StrictUndefined

from benchmarks import runner, tables
from benchmarks.store import Measurement, append, latest
from benchmarks.tables import filled, number, origins
from ganaug.utils.errors import UsageError

LAYOUT = """{% block models %}
| model | right | KL |
| --- | --- | --- |
| `vae` | {{ spread("vae", "right %") }} | {{ value("vae", "kl", form=".2f") }} |
| ends | {{ ends("vae", "right %") }} | {{ spread("vae", "kl") }} |
{% endblock %}
{% block output %}
```
{{ text("vae", "output") }}
```
{% endblock %}
{% block each %}
{% for name in metrics("vae") if "%" in name %}
{{ name }}: {{ value("vae", name) }}
{% endfor %}
{% endblock %}
{% block wrong %}{{ valeu("vae", "kl") }}{% endblock %}
"""
PAGE = "# Page\n\n<!-- results: {} -->\nold\n<!-- /results -->\n\nText.\n"
RESULTS = (
    Measurement("vae", "right %", 50, date="2026-11-01"),
    Measurement("vae", "right %", 97.71, range=[97, 98.26], date="2026-11-21", cores=1),
    Measurement(
        "vae", "kl", 25.8, date="2026-11-28", processor="EPYC", instructions=["avx2"], cores=2
    ),
    Measurement("vae", "output", text="FID  0.264", date="2026-11-20", processor="M4"),
)


@pytest.fixture(autouse=True)
def _layouts(monkeypatch):
    monkeypatch.setattr(
        tables, "read_layouts", lambda: Environment(undefined=StrictUndefined).from_string(LAYOUT)
    )


def table(name):
    page = filled(PAGE.format(name), latest(RESULTS))
    head, foot = PAGE.format(name).split("old\n")
    assert page.startswith(head)
    assert page.endswith(foot)
    return page.removeprefix(head).removesuffix(foot)


def test_the_newest_results_in_their_formats():
    shown = [line for line in table("models").splitlines() if line]
    assert shown == [
        "| model | right | KL |",
        "| --- | --- | --- |",
        "| `vae` | 97.7% (97 to 98.3%) | 25.80 |",
        "| ends | 97 to 98.3% | 25.8 |",
        "<sub>Measured 2026-11-21 on 1 core of an unnamed processor; "
        "2026-11-28 on 2 cores of EPYC (avx2).</sub>",
    ]


def test_metrics_of_a_study_by_name():
    assert next(line for line in table("each").splitlines() if line) == "right %: 97.7%"


def test_printed_output_stands_as_it_was():
    assert "```\nFID  0.264\n```\n\n<sub>Measured 2026-11-20 on M4.</sub>\n" in table("output")


def test_generating_again_changes_nothing():
    page = filled(PAGE.format("models"), latest(RESULTS))
    assert filled(page, latest(RESULTS)) == page


def test_the_days_of_a_machine_become_one_span():
    days = [Measurement("a", "b", 1, date=f"2026-11-{day}", processor="M4") for day in (22, 20, 21)]
    assert origins(days) == "2026-11-20 to 2026-11-22 on M4"
    assert origins([Measurement("a", "b", 1, processor="M4")]) == "on an unknown day on M4"


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        (0.26449, "", "0.264"),
        (0.0004, "", "0.0004"),
        (97.0, "", "97"),
        (97.0, ".1f", "97.0"),
        (1630.4, "", "1,630"),
        (719360, "", "719,360"),
        (0.25, "+.2f", "+0.25"),
        (-0.12345, "", "-0.123"),
        (None, "", "not finite"),
    ],
)
def test_numbers(value, form, shown):
    assert number(value, form) == shown


def test_a_layout_that_does_not_exist_and_a_result_that_is_not_there():
    with pytest.raises(UsageError, match="has no block 'model'; did you mean 'models'"):
        filled(PAGE.format("model"), latest(RESULTS))
    with pytest.raises(UsageError, match="block 'wrong': 'valeu' is undefined"):
        filled(PAGE.format("wrong"), latest(RESULTS))
    with pytest.raises(UsageError, match="'models' shows 'kl' of 'vae', which is not in the store"):
        filled(PAGE.format("models"), latest(RESULTS[:2]))


def test_the_command_writes_the_pages_that_differ(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    pages = [tmp_path / "a.md", tmp_path / "b.md"]
    monkeypatch.setattr(tables, "PAGES", pages)
    pages[0].write_text(PAGE.format("models"))
    pages[1].write_text("No table.\n")
    append(RESULTS, tmp_path / "store")
    runner.main(["--tables", "--store", "store"])
    assert capsys.readouterr().out == "changed: a.md\n"
    assert "97.7% (97 to 98.3%)" in pages[0].read_text()
    runner.main(["--tables", "--store", "store"])
    assert capsys.readouterr().out == "changed: nothing\n"
