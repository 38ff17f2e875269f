"""JSON that is damaged takes one line that names the file, whatever the parser meets."""

import pytest

from benchmarks.runner import _read_result
from ganaug.evaluation.utility.study import _known_facts
from ganaug.reporting.results_of_tools import read_object
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.verification import verify
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_json import parse_json, read_json

BROKEN = {
    "nested": (b"[" * 100_000, "it is nested too deeply"),
    "digits": (b"9" * 5000, "Exceeds the limit .*"),
    "bytes": (b"\xff\xfe", "it is not text in UTF-8"),
    "torn": (b'{"a": 1', "Expecting .*: line 1 column 8.*"),
    "empty": (b"", "Expecting value: line 1 .*"),
}
READERS = {
    "read_json": (read_json, ""),
    "synthesize": (lambda path: verify(path.parent), "; make the set again.*"),
    "evaluate": (
        lambda path: SyntheticDataset.open(path.parent).required_manifest(),
        "; make the set again.*",
    ),
    "report": (lambda path: read_object(path, {"a"}, "a tool"), ""),
    "utility": (_known_facts, "; give `out` a new folder"),
    "benchmark": (_read_result, "; remove .*"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("broken", BROKEN)
def test_a_line_names_file_and_reason(tmp_path, reader, broken):
    (content, reason), (read, advice) = BROKEN[broken], READERS[reader]
    path = tmp_path / "manifest.json"
    (tmp_path / "images").mkdir()
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read(path)
    assert caught.match(rf"^(dataset: )?\S+manifest\.json can't be read: {reason}{advice}$")
    assert "\n" not in str(caught.value)


def test_texts_and_bytes_are_read_alike():
    assert parse_json('{"ä": [1]}', "x") == parse_json('{"ä": [1]}'.encode(), "x") == {"ä": [1]}
