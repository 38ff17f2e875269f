"""The store of results: a JSON line for each measurement, in a file for each study."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ganaug.models.registry import ROOT
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_json import parse_json

STORE = ROOT / "docs" / "results"
NOTHING: tuple[Any, ...] = (None, "", (), [])
Ends = Sequence[float] | None
# A study that measures a metric several times, or its interval, adds the ends under these names.
ENDS = {"range": ("{}, least", "{}, most"), "interval": ("{}, lower", "{}, upper")}


@dataclass(frozen=True)
class Measurement:
    """One result and its origin; what is unknown is None, or empty.

    Attributes:
        study: Name in the catalogue.
        metric: What was measured, unit included.
        value: Mean over the seeds; None of printed output, and where it is not finite.
        range: Least and most over the seeds, or over repeated measurements.
        interval: 95% confidence interval.
        text: Printed output, as one result with all numbers in it.
        seeds: Seeds of the fits.
        command: Repeats the measurement.
        commit: Version of the code; `-dirty` marks changes that were not committed.
        date: Date of the measurement, ISO.
        processor: Name of the processor.
        instructions: The processor's relevant instruction sets.
        cores: Number that the process could use.
        seconds: Wall time of the study.
        load: Average number of running processes before and after.
        other_work: Whether one of these was above `cores`.
        note: Anything else.

    Example:
        >>> Measurement("vae", "kl nats", 25.8, range=(25.7, 25.9)).value
        25.8
    """

    study: str
    metric: str
    value: float | None = None
    range: Ends = None
    interval: Ends = None
    text: str = ""
    seeds: Sequence[int] = ()
    command: str = ""
    commit: str | None = None
    date: str | None = None
    processor: str | None = None
    instructions: Sequence[str] = ()
    cores: int | None = None
    seconds: float | None = None
    load: Sequence[float] = ()
    other_work: bool | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse values that are no numbers.

        Raises:
            TypeError: There is one.
        """
        for name in ("range", "interval"):
            ends = getattr(self, name)
            if ends is not None and (not isinstance(ends, Sequence) or len(ends) != 2):
                raise TypeError(f"{name} is {ends!r}; use two numbers")
        for number in (self.value, *(self.range or ()), *(self.interval or ())):
            if not isinstance(number, int | float | None):
                raise TypeError(f"{number!r} is no number")


def summarized(
    study: str, metrics: Sequence[Mapping[str, float]], **origin: Any
) -> list[Measurement]:
    """Summarize a study's metrics, those of each seed: means, with their ends.

    Example:
        >>> summarized("vae", [{"kl nats": 25.0}, {"kl nats": 26.0}])[0].range
        (25.0, 26.0)
    """
    measurements = []
    ends = {key.format(name) for name in metrics[0] for pair in ENDS.values() for key in pair}
    for name in [name for name in metrics[0] if name not in ends]:
        found: dict[str, Any] = {"range": _ends([each[name] for each in metrics])}
        for kind, (low, high) in ENDS.items():
            # Intervals of several seeds are none of their mean.
            if low.format(name) in metrics[0] and (kind == "range" or len(metrics) == 1):
                keys = (low.format(name), high.format(name))
                found[kind] = _ends([each[key] for each in metrics for key in keys])
        mean = math.fsum(each[name] for each in metrics) / len(metrics)
        value = mean if math.isfinite(mean) else None
        measurements.append(Measurement(study, name, value, **found, **origin))
    return measurements


def _ends(values: Sequence[float]) -> Ends:
    finite = all(map(math.isfinite, values))
    return (min(values), max(values)) if len(values) > 1 and finite else None


def append(measurements: Iterable[Measurement], folder: Path = STORE) -> None:
    """Add measurements to the files of their studies; fields without a value are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in measurements:
        known = {key: value for key, value in asdict(each).items() if value not in NOTHING}
        with (folder / f"{each.study}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(known, ensure_ascii=False) + "\n")


def read_all(folder: Path = STORE) -> list[Measurement]:
    """Read every measurement, by study, oldest first.

    Raises:
        UsageError: A line is not what `append` writes; names file and line.
    """
    return [
        _parsed(line, f"{path}, line {number}")
        for path in sorted(folder.glob("*.jsonl"))
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if line
    ]


def _parsed(line: str, where: str) -> Measurement:
    try:
        return Measurement(**parse_json(line, where))
    except TypeError as error:
        raise UsageError(f"{where} is not a measurement: {error}") from error


def latest(measurements: Iterable[Measurement]) -> dict[tuple[str, str], Measurement]:
    """Return the newest measurement of each metric, by study and metric."""
    return {(each.study, each.metric): each for each in measurements}
