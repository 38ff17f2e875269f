"""The README stays short, and the links of all pages lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")


def anchors(page):
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().split()) <= 1600


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for link in (a or b for a, b in LINK.findall(text)):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_the_page_by_goal_names_every_tool_and_only_what_exists():
    text = (ROOT / "docs" / "which-command.md").read_text()
    named = set(re.findall(r"(?:tools|configs)/[\w/.]+\.(?:py|yaml)", text))
    assert all((ROOT / each).is_file() for each in named)
    tools = {f"tools/{path.name}" for path in (ROOT / "tools").glob("[!_]*.py")}
    assert tools - named == {"tools/benchmark.py"}


def drawn_files():
    """The Python files in the picture of the architecture."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    folders, found = [], set()
    for line in page.split("## Files")[1].split("```")[1].strip("\n").splitlines():
        depth, words = (len(line) - len(line.lstrip())) // 2, line.split()
        if words[0].endswith("/"):
            folders = [*folders[:depth], words[0].strip("/")]
        found |= {"/".join([*folders[:depth], word]) for word in words if word.endswith(".py")}
    return found


def test_the_picture_of_the_architecture_has_every_file():
    files = {
        path.relative_to(ROOT).as_posix()
        for package in ("ganaug", "datamodules")
        for path in (ROOT / package).rglob("*.py")
        # Sections are named by what they show; what makes the sample is no part of the package.
        if path.name != "__init__.py" and not {"sections", "assets"} & {*path.parts}
    }
    drawn = drawn_files() - {"ganaug/__init__.py"}
    assert {each for each in drawn if each.startswith(("ganaug/", "datamodules/"))} == files
