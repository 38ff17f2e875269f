"""The page of an advice: the recommendation first, and all candidates."""

import re

import pytest

from ganaug.evaluation.advice import result
from ganaug.evaluation.advice.result import ALONE, DEFAULT, Advice, Tried
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.utility.significance import Verdict
from ganaug.reporting.advice_page import advice_page

BEST, LIGHT, PLAIN = (
    Candidate("small", "elastic", "equal"),
    Candidate("small", "light", "equal"),
    Candidate("small"),
)
SECOND = Candidate("small", "elastic")
TRIED = [
    Tried(BEST, 3, 0.97, (0.95, 0.99)),
    Tried(LIGHT, 2, 0.93, (0.9, 0.96)),
    Tried(PLAIN, 3, 0.8, (0.75, 0.85)),
]
FACTS = {"trials": 30, "test_images": 400, "data": {"init_args": {"root": "photos"}}}


def verdict(difference, word):
    return Verdict(word, difference, (difference - 0.01, difference + 0.01), 0.01, 0.02)


def measured(candidate, accuracy, own=None):
    accuracies = tuple(accuracy + step for step in (-0.01, 0.0, 0.01))
    return result.Tested(candidate, accuracies, (accuracy - 0.02, accuracy + 0.02), own)


@pytest.fixture
def advice():
    found = [
        measured(BEST, 0.96),
        measured(PLAIN, 0.8, verdict(0.16, "helps")),
        measured(LIGHT, 0.95, verdict(0.01, "no difference found")),
        measured(SECOND, 0.9, verdict(0.06, "helps")),
    ]
    roles = {ALONE: PLAIN, DEFAULT: LIGHT, "it without <balance>": SECOND}
    by_candidate = {each.candidate: each for each in found}
    return Advice(BEST, TRIED, by_candidate, roles, ("cat", "d<o>g"), FACTS)


def rows(page, section):
    part = page.partition(f'id="{section}"')[2].partition("</section>")[0]
    cells = re.findall(r"<tr>(.*?)</tr>", part.partition("<tbody>")[2], re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in cells]


def test_the_recommendation_comes_first_in_words(advice):
    page = advice_page(advice, "Train it well.")
    assert page.index("Train it well.") < page.index("<nav")
    assert "Balanced accuracy on the test images" in page
    heads = re.findall(r'<th scope="col"[^>]*>([^<]*)', page)
    assert len(heads) > 15
    assert [head for head in heads if head != head[:1].upper() + head[1:]] == []
    assert "+16.0 points" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "d&lt;o&gt;g" in page


def test_the_ladder_shows_what_each_step_gained(advice):
    found = rows(advice_page(advice, ""), "ladder")
    assert [row.partition(" 9")[0] for row in found][1] == "+ augmentation elastic"
    assert found[0].startswith("real images alone 80.0%")
    assert found[1].endswith("+10.00")
    assert found[2].startswith("+ balanced classes: equal")
    assert found[2].endswith("+6.00")
    ladder = advice_page(advice, "").partition('id="ladder"')[2].partition("</section>")[0]
    assert "may be chance" in ladder
    assert "whisker" not in ladder


def test_the_ladder_says_the_share_of_a_set_and_how_many_images_are_augmented(advice):
    recipe = Candidate("small", "elastic", synthetic="made", share=0.25, strength=0.5)
    tested = [measured(each, 0.9) for _, each in recipe.ladder]
    by_candidate, tried = {each.candidate: each for each in tested}, [Tried(recipe, 3, 0.9, (0, 1))]
    page = advice_page(Advice(recipe, tried, by_candidate, {ALONE: PLAIN}, ("a", "b"), FACTS), "")
    steps = [row.partition(" 9")[0] for row in rows(page, "ladder")]
    assert steps[1:] == [
        "+ augmentation elastic on half of the images",
        "+ images of made (25% of the draws)",
    ]


def test_the_comparisons_are_gains_of_the_recommended(advice):
    found = rows(advice_page(advice, ""), "test")
    assert "+16.00 better" in found[0]
    assert "no difference found" in found[1]
    assert "it without &lt;balance&gt;" in found[2]
    assert found[4] == "cat 78.0% 94.0% +16.0"


def test_everything_that_was_tried_is_there(advice):
    found = rows(advice_page(advice, ""), "tried")
    assert len(found) == 3
    assert found[0].startswith("small, elastic, classes equally often (recommended) 3 97.0%")


def test_without_test_images_it_says_so(advice):
    bare = Advice(BEST, TRIED, class_names=("cat", "dog"), facts=FACTS)
    page = advice_page(bare, "Train it well.")
    assert "There are no test images" in page
    assert rows(page, "ladder") == []
