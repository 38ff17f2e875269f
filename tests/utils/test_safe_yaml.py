"""YAML that would do harm is refused by its line, before anything is built of it."""

import time

import pytest
import yaml

from ganaug.cli.catalogue import CONFIGS
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_yaml import check_yaml, read_yaml

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' is given twice; keep one"),
        ("a: {b: 1, c: {b: 2, b: 3}}", "the key 'b' is given twice"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", "line 2: the tag .* is not allowed"),
        ("a: !!python/name:os.system", "the tag .* is not allowed"),
        (LAUGHS, "more than 10,000 values"),
        (f"a: {'[' * 60}{']' * 60}", "nested deeper than 50"),
        (f"a: {'[' * 100_000}", "nested deeper than 50"),
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
    assert yaml.safe_load(read_yaml(path, "--config"))


def test_aliases_and_like_keys_apart_pass():
    check_yaml("a: &a {x: 1}\nb: *a\nc: [{x: 1}, {x: 2}]\nd: {a: a, b: a}\n1: ! 'text'\n", "x")


@pytest.mark.parametrize("text", ["a: [1, 2", "a: 1\nb: @x", "a: \x00", "a: b: c"])
def test_what_is_no_yaml_is_named_in_one_line(tmp_path, text):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"--config .*x\.yaml can't be read: \S") as caught:
        read_yaml(tmp_path / "x.yaml", "--config")
    assert "\n" not in str(caught.value)


def test_files_that_can_not_be_read(tmp_path):
    with pytest.raises(UsageError, match=r"--plan-file .*none\.yaml: there is no such file"):
        read_yaml(tmp_path / "none.yaml", "--plan-file")
    with pytest.raises(UsageError, match="there is no such file"):
        read_yaml(tmp_path, "--plan-file")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="it is not text in UTF-8"):
        read_yaml(tmp_path / "bytes.yaml", "--plan-file")
    (tmp_path / "long.yaml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(UsageError, match="more than 1,000,000 bytes"):
        read_yaml(tmp_path / "long.yaml", "--plan-file")
