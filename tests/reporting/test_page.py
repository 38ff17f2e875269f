"""The page works offline, is safe, and is accessible."""

import json
import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace

import pytest

from ganaug.reporting.blocks import Cards, Missing, Section, Table, Text
from ganaug.reporting.inputs import ClassImages
from ganaug.reporting.page import lay_out, page, subtitle
from ganaug.reporting.report import GENERATOR, check_report_files, write_files
from ganaug.reporting.sections import SECTIONS, register_section, sections
from ganaug.utils.errors import UsageError
from helpers.made_up_set import HARMFUL, NAMES, metrics, pixels, report_inputs

VOID = {"meta", "img", "br", "rect", "line", "circle", "path"}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Reader(HTMLParser):
    """Reads a page as a browser does, and notes what is in it."""

    def __init__(self, html):
        super().__init__()
        self.seen, self.open, self.text = [], [], ""
        self.feed(html)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.seen if name == tag]


def nothing(command="python tools/evaluate.py --synthetic x"):
    return Missing("This is not known.", command)


BARE = dict.fromkeys(("metrics", "study", "curves", "examples", "pairs", "walks"), nothing())


@pytest.fixture(params=[{}, BARE], ids=["full", "bare"])
def html(request):
    return page(report_inputs(**request.param))


def test_the_page_loads_nothing_from_a_network(html):
    assert 'http-equiv="Content-Security-Policy"' in html
    read = Reader(html)
    addresses = [v for _, a in read.seen for k, v in a.items() if k in ("src", "href", "srcset")]
    assert all(address.startswith(("data:image/", "#")) for address in addresses)
    assert not re.search(r"https?:|@import|url\(", html)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in read.seen}


def test_names_are_text_wherever_they_stand(html):
    read = Reader(html)
    assert HARMFUL in read.text
    for _, attributes in read.seen:
        assert not [key for key in attributes if key.startswith("on")]


def test_pictures_and_tables_are_accessible(html):
    read = Reader(html)
    assert all(one["alt"] for one in read.all("img"))
    assert all(one.get("scope") for one in read.all("th"))
    drawn = [one for one in read.all("svg") if "row" in one.get("class", "")]
    assert all(one["role"] == "img" and one["aria-label"] for one in drawn)
    levels = [int(tag[1]) for tag, _ in read.seen if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_heads_of_tables_are_in_sentence_case_and_no_two_of_a_table_are_the_same(html):
    tables = re.findall(r"<thead>(.*?)</thead>", html, re.DOTALL)
    assert len(tables) >= 2  # of a set alone
    for table in tables:
        heads = [head.strip() for head in re.findall(r'<th scope="col"[^>]*>([^<]*)', table)]
        assert [head for head in heads if head != head[:1].upper() + head[1:]] == []
        assert len(set(heads)) == len(heads)


def test_ids_are_unique_and_every_link_leads_to_one(html):
    read = Reader(html)
    ids = [attributes["id"] for _, attributes in read.seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {one["href"][1:] for one in read.all("a")} <= set(ids)
    assert len(read.all("section")) == len(sections())


def test_the_verdict_comes_first_and_what_is_missing_names_its_command():
    first, *_ = page(report_inputs()).split("<section")[1:]
    assert "It helps" in first
    bare = page(report_inputs(**BARE))
    assert "Not known yet whether it helps" in bare.split("<section")[1]
    assert bare.count("python tools/evaluate.py --synthetic x") >= 5


def test_metrics_of_any_name_are_drawn_for_each_class():
    html = page(report_inputs())
    assert "C2ST by class. Thin lines" in html
    assert "memorized by class. Thin lines" in html
    assert html.count("0.8, interval 0.7 to 0.9, real images 0.5") == len(NAMES)


def test_a_class_without_real_images_and_a_very_small_set_are_shown():
    alone = [ClassImages(NAMES[0], pixels(0, 3, 200, 200), pixels(1, 3, 200, 200))]
    html = page(report_inputs(examples=alone))
    assert "synthetic images of class" in html
    assert "Classes not shown here: 1." in html


def test_why_copies_could_not_be_detected_is_said():
    html = page(
        report_inputs(metrics=metrics() | {"memorization": None, "memorization_missing": "six"})
    )
    assert "Copies could not be detected: six." in html
    told = metrics() | {"memorization": {**metrics()["memorization"], "features": "imagenet-lite0"}}
    assert "images, measured by imagenet-lite0." in page(report_inputs(metrics=told))
    assert "measured by" not in page(report_inputs())


def test_a_section_registers_itself():
    before = sections()

    @register_section(order=15)
    def new(inputs):
        return Section("new", "A new one", [Text("x & y")])

    try:
        assert sections() == [*before[:3], new, *before[3:]]
        html = page(report_inputs())
    finally:
        del SECTIONS._added["new"]
    assert html.index('id="images"') < html.index('id="new"') < html.index('id="utility"')
    assert "<p>x &amp; y</p>" in html


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (lambda inputs: inputs.nothing_there, r"raised AttributeError: .*nothing_there.*line \d+"),
        (lambda inputs: None, "returns None; return a Section of ganaug.reporting.blocks"),
        (lambda inputs: Section("A b", "Mine", []), "has the key .*A b.*; use lower-case letters"),
        (lambda inputs: Section("mine", "Mine", ["a"]), "has a block of str; give a list of"),
        (lambda inputs: Section("mine", "Mine", "words"), "has a block of str; give a list of"),
        (lambda inputs: Section("curves", "Mine", []), "has the key .curves. of another section"),
        (lambda inputs: Section("curves-title", "Mine", []), "has the key .*of another section"),
        (lambda inputs: Section("mine", "M", [Table(["A"], [[]], "")]), "can't be drawn .IndexErr"),
        (lambda inputs: Section("mine", "M", [Cards([5], "")]), "can't be drawn .UndefinedErr"),
    ],
)
def test_a_section_that_fails_leaves_the_others_and_says_why(section, message, capsys):
    def mine(inputs):
        return section(inputs)

    register_section(order=15)(mine)
    try:
        html = page(report_inputs())
    finally:
        del SECTIONS._added["mine"]
    assert html.count('<section id="curves"') == 1
    assert html.index('id="images"') < html.index('id="failed-mine"') < html.index('id="utility"')
    assert re.search(f"the section mine {message}", unescape(html))
    assert re.search(f"warning: the section mine {message}", capsys.readouterr().out)


def test_a_row_may_be_named_by_a_number():
    html = lay_out("a", "b", [Section("new", "New", [Table(["A", "B"], [[2026, 1.5]], "")])])
    assert '<th scope="row">2026</th>' in html


def test_text_is_escaped():
    html = lay_out("a < b", "c", [Section("new", "A new one", [Text("x & y")])])
    assert "<title>a &lt; b</title>" in html
    assert "<p>x &amp; y</p>" in html


def test_a_page_is_written_over_ours_and_over_no_other(tmp_path):
    out, values = tmp_path / "report.html", tmp_path / "report.json"
    html = lay_out("a", "b", [], GENERATOR)
    for _ in range(2):
        write_files(out, html, {"x": 1})
    assert out.read_text() == html
    values.write_text(json.dumps({"writer": GENERATOR, "set": "sets/a"}))
    check_report_files(out, "sets/a")
    with pytest.raises(UsageError, match=r"report.html holds the results of another set \(sets/a"):
        check_report_files(out, "sets/b")
    values.write_text('{"mine": 1}')
    with pytest.raises(UsageError, match=r"report\.json is not a report"):
        write_files(out, html, {})
    assert values.read_text() == '{"mine": 1}'
    with pytest.raises(UsageError, match="there is no folder"):
        write_files(tmp_path / "no" / "x.html", html, {})


def test_a_name_that_is_not_utf_8_is_escaped(tmp_path):
    section = Section("new", "A new one", [Text("no file caf\udce9")])
    write_files(tmp_path / "report.html", lay_out("a", "b", [section], GENERATOR), {})
    assert "no file caf\\udce9" in (tmp_path / "report.html").read_text()


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
@pytest.mark.parametrize("width", [390, 1200])
def test_a_browser_lays_it_out_without_overflow(tmp_path, width):
    (tmp_path / "report.html").write_text(page(report_inputs()))
    # A frame as wide as the screen that is meant; windows of 390 pixels are not to be had.
    (tmp_path / "frame.html").write_text(
        f'<iframe src="report.html" style="width:{width}px;height:900px;border:0"></iframe>'
        "<script>onload = () => {const page = frames[0].document.documentElement;"
        "document.title = [page.clientWidth, page.scrollWidth, "
        "[...frames[0].document.images].filter(i => !i.naturalWidth).length].join()}</script>"
    )
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    words += ["--virtual-time-budget=5000", f"--user-data-dir={tmp_path / 'profile'}"]
    result = subprocess.run(
        [CHROMIUM, *words, "--dump-dom", f"file://{tmp_path}/frame.html"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    shown, needed, broken = map(int, re.search(r"<title>([\d,]+)", result.stdout)[1].split(","))
    assert 0.9 * width < shown <= width
    assert needed <= shown, "something is wider than the screen"
    assert broken == 0


def test_a_set_without_a_model_says_what_made_it():
    manifest = {"sources": {"diffusers": {}, "real": {}}, "card": {"class_counts": {"a": 9}}}
    inputs = SimpleNamespace(manifest=manifest, synthetic_counts={"a": 3})
    assert subtitle(inputs).endswith("in 1 class, made by diffusers for 9 real images")
