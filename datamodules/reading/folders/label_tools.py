"""Unsupported exports of labeling tools, and what to export instead."""

import re
from pathlib import Path
from typing import NamedTuple

from datamodules.errors import DataError


class ExportError(DataError):
    """A labeling tool exported this file in a format that ganaug does not read."""


class _Tool(NamedTuple):
    """How to recognize a tool's export.

    Attributes:
        name: The tool.
        marks: Patterns that all occur in its exports.
        whole: Pattern of exports that label whole images, not objects.
        advice: What to do with such exports.
    """

    name: str
    marks: tuple[re.Pattern[str], ...]
    whole: re.Pattern[str]
    advice: str


_TABLE = "write a CSV with the columns file and label"
_IMAGENET = "export it in the format ImageNet, which has a folder for each class"
TOOLS = {
    ".json": (
        _Tool(
            "Label Studio",
            (re.compile(r'"data"\s*:\s*\{'), re.compile(r'"result"\s*:\s*\[')),
            re.compile(r'"choices"\s*:'),
            "export it as CSV, set labels to that file and label_column to its column of choices; "
            "its images must be called as the files are",
        ),
        _Tool(
            "VIA",
            (re.compile(r'"file_attributes"\s*:\s*\{'), re.compile(r'"regions"\s*:')),
            re.compile(r'"file_attributes"\s*:\s*\{\s*"'),
            _TABLE,
        ),
        _Tool(
            "FiftyOne",
            (re.compile(r'"samples"\s*:\s*\['), re.compile(r'"_cls"\s*:')),
            re.compile(r'"_cls"\s*:\s*"Classification"'),
            "export it as ImageClassificationDirectoryTree, which has a folder for each class",
        ),
        _Tool(
            "Datumaro",
            (re.compile(r'"categories"\s*:\s*\{\s*"label"'), re.compile(r'"items"\s*:\s*\[')),
            re.compile(r'"type"\s*:\s*"label"'),
            _IMAGENET,
        ),
    ),
    ".jsonl": (
        _Tool(
            "Vertex AI",
            (re.compile(r'"image(?:Gcs)?Uri"\s*:'),),
            re.compile(r'"classificationAnnotations?"\s*:'),
            _TABLE,
        ),
    ),
    ".manifest": (
        _Tool(
            "SageMaker Ground Truth",
            (re.compile(r'"source-ref"\s*:'),),
            re.compile(r'"class-name"\s*:'),
            _TABLE,
        ),
    ),
    ".xml": (
        _Tool(
            "CVAT",
            (re.compile(r"<annotations>"), re.compile(r"<image\b[^>]*\bname=")),
            re.compile(r"<tag\b[^>]*\blabel="),
            _IMAGENET,
        ),
    ),
}


def refuse_export(text: str, path: Path) -> None:
    """Refuse a labeling tool's export.

    Args:
        text: The file's content.
        path: The file.

    Raises:
        ExportError: Names the tool and what to export.
    """
    for tool in TOOLS.get(path.suffix.lower(), ()):
        if all(mark.search(text) for mark in tool.marks):
            advice = tool.advice
            if not tool.whole.search(text):
                advice = "if it marks objects, cut them out first, into a folder for each class"
            raise ExportError(f"'{path}' is an export of {tool.name} that is not read; {advice}")
