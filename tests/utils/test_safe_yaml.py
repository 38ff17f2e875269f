"""YAML that would do harm is refused by its line, before anything is built of it."""

import time

import pytest
import yaml

from ganaug.models.registry import CONFIGS
from ganaug.utils import safe_yaml
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_yaml import NotYamlError, check_numbers, check_yaml, load_yaml, yaml_text

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


PARSERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]


@pytest.fixture(params=PARSERS, ids=lambda parser: parser.__name__)
def _parser(request, monkeypatch):
    """Both parsers of PyYAML, whose errors and limits differ."""
    monkeypatch.setattr(safe_yaml, "PARSER", request.param)


@pytest.mark.usefixtures("_parser")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' is given twice; keep one"),
        ("a: {b: 1, c: {b: 2, b: 3}}", "the key 'b' is given twice"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", "line 2: the tag .* is not allowed"),
        ("a: !!python/name:os.system", "the tag .* is not allowed"),
        (LAUGHS, "more than 10,000 values"),
        (f"a: {'[' * 60}{']' * 60}", "nested deeper than 50"),
        (f"a: {'[' * 100_000}", "line 1: nested deeper than 50"),
        ("- " * 100_000, "line 1: nested deeper than 50"),
        (f"a: {'{b: ' * 5000}", "line 1: nested deeper than 50"),
        ('a: 1\nb: "x\\0y"', "line 2: a value holds a NUL"),
        ("a: &a [1, *a]", "an alias stands within itself"),
        ("root: *photos", r"line 1: the alias \*photos names nothing; put a value that begins"),
    ],
)
def test_what_is_refused(text, reason):
    started = time.process_time()
    with pytest.raises(UsageError, match=rf"^--config x can't be read: .*{reason}"):
        check_yaml(text, "--config x")
    assert time.process_time() - started < 2


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_the_projects_own_pass(path):
    assert yaml.safe_load(yaml_text(path, "--config"))


def test_aliases_and_like_keys_apart_pass():
    check_yaml("a: &a {x: 1}\nb: *a\nc: [{x: 1}, {x: 2}]\nd: {a: a, b: a}\n1: ! 'text'\n", "x")


@pytest.mark.parametrize("text", ["a: [1, 2", "a: 1\nb: @x", "a: \x00", "a: b: c"])
def test_what_is_no_yaml_is_named_in_one_line(tmp_path, text):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"--config .*x\.yaml can't be read: \S") as caught:
        yaml_text(tmp_path / "x.yaml", "--config")
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("_parser")
@pytest.mark.parametrize(
    "text", ["a: \ud800", 'a: "\\UFFFFFFFF"', 'a: "\\ud800', "a: \x07", "%YAML 9\n"]
)
def test_whatever_a_parser_raises_takes_one_line(text):
    with pytest.raises(NotYamlError, match=r"^--plan-file x can't be read: \S") as caught:
        check_yaml(text, "--plan-file x")
    assert "\n" not in str(caught.value)


def test_a_limit_of_the_parsers_own_reads_as_ours(monkeypatch):
    def stumbling(error):
        def parse(text, Loader):  # noqa: N803 - as PyYAML calls it
            raise error
            yield

        monkeypatch.setattr(yaml, "parse", parse)

    mark = yaml.Mark("x", 0, 6, 0, None, None)
    for error in (
        RecursionError("maximum recursion depth exceeded"),
        yaml.scanner.ScannerError(None, None, "exceeded maximum nesting depth", mark),
    ):
        stumbling(error)
        with pytest.raises(UsageError, match=r"can't be read: (line 7: )?nested deeper than 50$"):
            check_yaml("", "--config x")


def test_what_shows_only_when_values_are_built():
    with pytest.raises(NotYamlError, match=r"^--config x can't be read: line 2: found unhashable"):
        load_yaml("a: 1\n{[b]: 1}: 2\n", "--config x")


@pytest.mark.parametrize("value", ["0x_", "-0b_", "9" * 5000])
def test_numbers_that_can_not_be_built(value):
    text = f"a: 1\nb: [x, {value}]\n"
    assert load_yaml(text, "x") == {"a": "1", "b": ["x", value]}
    with pytest.raises(UsageError, match=r"^--config x can't be read: line 2: \S+ is no whole num"):
        check_numbers(text, "--config x")
    check_numbers(f"a: '{value}'\nb: [0x1F, -3, 1_000, 2001-99-99, 0o7, 1e3, ~]", "x")


def test_files_that_can_not_be_read(tmp_path):
    with pytest.raises(UsageError, match=r"--plan-file .*none\.yaml: there is no such file"):
        yaml_text(tmp_path / "none.yaml", "--plan-file")
    with pytest.raises(UsageError, match="there is no such file"):
        yaml_text(tmp_path, "--plan-file")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="it is not text in UTF-8"):
        yaml_text(tmp_path / "bytes.yaml", "--plan-file")
    (tmp_path / "long.yaml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(UsageError, match="more than 1,000,000 bytes"):
        yaml_text(tmp_path / "long.yaml", "--plan-file")
