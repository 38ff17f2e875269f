"""The store of results: a file for each study, with a JSON line for each measurement."""

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
# Names under which a study adds the range of repeated measurements, or an interval.
ENDS = {"range": ("{}, least", "{}, most"), "interval": ("{}, lower", "{}, upper")}


@dataclass(frozen=True)
class Measurement:
    """A result and its origin; unknown values are None or empty.

    Attributes:
        study: Name in the catalogue.
        metric: Name of the metric, with its unit.
        value: Mean over the seeds; None for printed output, and if not finite.
        range: Minimum and maximum over the seeds, or over repeated measurements.
        interval: 95% confidence interval.
        text: Printed output, as one result with all numbers in it.
        seeds: Seeds of the fits.
        command: Command that repeats the measurement.
        commit: Version of the code; `-dirty` marks uncommitted changes.
        date: Date of the measurement, ISO.
        processor: Name of the processor.
        instructions: The processor's relevant instruction sets.
        cores: Number of cores available to the process.
        seconds: Wall time of the study.
        load: Load average before and after.
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
        """Refuse values that aren't numbers.

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
    """Return the means of a study's metrics over seeds, with their ranges or intervals.

    Example:
        >>> summarized("vae", [{"kl nats": 25.0}, {"kl nats": 26.0}])[0].range
        (25.0, 26.0)
    """
    measurements = []
    ends = {key.format(name) for name in metrics[0] for pair in ENDS.values() for key in pair}
    for name in [name for name in metrics[0] if name not in ends]:
        fields: dict[str, Any] = {"range": _ends([run[name] for run in metrics])}
        for kind, (low, high) in ENDS.items():
            # The intervals of single seeds don't apply to the mean.
            if low.format(name) in metrics[0] and (kind == "range" or len(metrics) == 1):
                keys = (low.format(name), high.format(name))
                fields[kind] = _ends([run[key] for run in metrics for key in keys])
        mean = math.fsum(run[name] for run in metrics) / len(metrics)
        value = mean if math.isfinite(mean) else None
        measurements.append(Measurement(study, name, value, **fields, **origin))
    return measurements


def _ends(values: Sequence[float]) -> Ends:
    finite = all(map(math.isfinite, values))
    return (min(values), max(values)) if len(values) > 1 and finite else None


def append(measurements: Iterable[Measurement], folder: Path = STORE) -> None:
    """Append measurements to the files of their studies, without empty fields."""
    folder.mkdir(parents=True, exist_ok=True)
    for measurement in measurements:
        fields = {key: value for key, value in asdict(measurement).items() if value not in NOTHING}
        with (folder / f"{measurement.study}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")


def read_all(folder: Path = STORE) -> list[Measurement]:
    """Read all measurements, by study, oldest first.

    Raises:
        UsageError: A line is invalid; the message names the file and the line.
    """
    return [
        _parsed(line, f"{path}, line {number}")
        for path in sorted(folder.glob("*.jsonl"))
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if line
    ]


def _parsed(line: str, location: str) -> Measurement:
    try:
        return Measurement(**parse_json(line, location))
    except TypeError as error:
        raise UsageError(f"{location} is not a measurement: {error}") from error


def latest(measurements: Iterable[Measurement]) -> dict[tuple[str, str], Measurement]:
    """Return the newest measurement of each metric, by study and metric."""
    return {(measurement.study, measurement.metric): measurement for measurement in measurements}
