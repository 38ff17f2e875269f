"""Tables on the pages are what the store generates, and it holds every measured figure."""

from pathlib import Path

import pytest
import yaml

from benchmarks.catalogue import files_of
from benchmarks.figures import FIGURE, FROM, unsupported_figures
from benchmarks.store import STORE, latest, read_all
from benchmarks.tables import LAYOUTS, MARKED, PAGES, filled, read_layouts

ROOT = Path(__file__).parents[2]
RESULTS = read_all()
NOT_MEASURED = yaml.safe_load((STORE / "not_measured.yaml").read_text(encoding="utf-8"))


def not_measured(page):
    names = ("any page", str(page.relative_to(ROOT)))
    return [
        each for pages in NOT_MEASURED.values() for name in names for each in pages.get(name, [])
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_are_what_the_store_generates(page):
    text = page.read_text(encoding="utf-8")
    assert text == filled(text, latest(RESULTS)), "run `python tools/benchmark.py --tables`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_store_holds_every_measured_figure(page):
    text = page.read_text(encoding="utf-8")
    missing = [*unsupported_figures(text, RESULTS, not_measured(page))]
    assert not missing, (
        "add a line to docs/results and name its study in the section (`<!-- from: STUDY -->`), or "
        "list what was not measured in docs/results/not_measured.yaml"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_sections_name_studies_that_have_results(page):
    named = {
        name
        for names in FROM.findall(page.read_text(encoding="utf-8"))
        for name in names.split(", ")
    }
    assert named <= {each.study for each in RESULTS}


def test_what_was_not_measured_still_stands_on_its_page():
    for pages in NOT_MEASURED.values():
        for name, phrases in pages.items():
            texts = [page for page in PAGES if name in ("any page", str(page.relative_to(ROOT)))]
            text = " ".join(" ".join(page.read_text(encoding="utf-8") for page in texts).split())
            for phrase in phrases:
                assert FIGURE.search(phrase), phrase
                assert phrase in text, f"{name}: {phrase}"


def test_every_layout_is_shown_and_every_mark_closed():
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    shown = [name for text in texts for _, name, _ in MARKED.findall(text)]
    assert sorted(shown) == sorted(read_layouts().blocks)
    for text in texts:
        assert text.count("<!-- results: ") == text.count("<!-- /results -->")


def test_every_result_is_of_a_study_that_declares_its_files():
    assert {each.study for each in RESULTS if not files_of(each.study)} == set()
    assert LAYOUTS.is_file()
