"""write_report: write a page on whether to use a synthetic set, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from datamodules.notes import notes_once
from ganaug.utils.errors import UsageError
from ganaug.utils.ranges import refuse_outside
from ganaug.utils.user_paths import takes_paths

if TYPE_CHECKING:
    from ganaug.reporting.inputs import ReportInputs

GENERATOR = "ganaug tools/report.py"


@takes_paths("out", "dataset", "result", "study", "run", "data", "data_root")
@notes_once()
def write_report(
    out: str | Path | None,
    dataset: Any,
    result: Any = None,
    study: Any = None,
    run: Any = None,
    *,
    data: Any = None,
    data_root: str | None = None,
    image_size: int | None = None,
    seed: int = 0,
) -> Path:
    """Write a page on whether to use a synthetic set, and why.

    The page opens offline. Missing results are listed with the command that produces them. All
    numbers are also written as JSON, next to the page.

    Args:
        out: The page, .html. By default, report.html in the set's folder; required for a set at an
            address.
        dataset: A set from synthesize, or images from any program, as for evaluate.
        result: An evaluation of the set, or its metrics.json. By default, the one in the set's
            folder, or else metrics-quick.json.
        study: A utility study of the set, or its folder. By default, utility/ in or next to the
            set's folder, if it is a study of this set.
        run: The run of the fit, or its folder, for curves and walks. By default, the one in runs/
            that has the set's checkpoint.
        data: The real images of a set that another program made: a data module, mnist, a folder,
            its settings as a dictionary, or a run for the images that it was fitted on.
        data_root: Where the real images are now, if they have moved.
        image_size: Side in pixels at which a set from another program is compared with a folder of
            real images. By default, the size that evaluate chooses.
        seed: Seed for choosing the images shown.

    Returns:
        The page's path.

    Raises:
        UsageError: A result is not of this set, or the page would overwrite another file.

    Example:
        >>> write_report("report.html", "expanded")
        PosixPath('report.html')
    """
    if out and Path(out).suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"out {out}: the report is a web page; end its name in .html")
    refuse_outside("", 0, 2**32 - 1, seed=seed)
    from ganaug.synthesis.dataset import SyntheticDataset

    opened = SyntheticDataset.open(dataset)
    from ganaug.reporting.foreign import real_of

    real = real_of(opened, data, data_root, image_size)
    opened = opened if real is None else opened.like(real)
    from ganaug.reporting.gathering import Gathering
    from ganaug.reporting.page import page
    from ganaug.utils.own_files import SET

    gathering = Gathering(opened, result, study, run, data_root, seed, real)
    out = opened.results_file(out, "report.html", gathering.folder)
    set_path = opened.place_from(out)
    check_report_files(out, set_path)
    inputs = gathering.inputs()
    write_files(out, page(inputs, GENERATOR), {SET: set_path, **all_values(inputs)})
    return out


def check_report_files(out: Path, set_path: str | None = None) -> None:
    """Refuse to overwrite anything but a report of the same set.

    Args:
        out: The page.
        set_path: Path of the set, from `SyntheticDataset.place_from`; None for any set.

    Raises:
        UsageError: The file exists and is not such a report, or the folder is missing.
    """
    if not out.parent.is_dir():
        raise UsageError(f"out {out}: there is no folder {out.parent}")
    for path in (out, out.with_suffix(".json")):
        if path.exists() and not _is_report(path):
            raise UsageError(
                f"{path} is not a report and is not overwritten; give `out` a new name"
            )
    if set_path is not None:
        from ganaug.utils.own_files import read_own, refuse_other_set

        refuse_other_set(out, read_own(out.with_suffix(".json")), set_path)


def write_files(out: Path, html: str, values: dict[str, Any]) -> None:
    """Write the page and a JSON file of its values, each atomically.

    Raises:
        UsageError: A file would overwrite another file, or can't be written.
    """
    from ganaug.utils.atomic_files import atomic_open_or_refuse, write_json

    check_report_files(out)
    write_json(out.with_suffix(".json"), {"writer": GENERATOR, **values})
    with atomic_open_or_refuse(out) as file:
        # File names that are not UTF-8 are escaped.
        file.write(html.encode(errors="backslashreplace"))


def all_values(inputs: "ReportInputs") -> dict[str, Any]:
    """Return all values of the page, for the JSON file."""
    from ganaug.reporting.blocks import Missing

    curves = {} if isinstance(inputs.curves, Missing) else inputs.curves
    return {
        "manifest": inputs.manifest,
        "metrics": None if isinstance(inputs.metrics, Missing) else inputs.metrics.to_dict(),
        "utility": None if isinstance(inputs.study, Missing) else inputs.study,
        "curves": {
            name: {"batches": line.across, "values": line.up} for name, line in curves.items()
        },
    }


def _is_report(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            return GENERATOR in file.read(1000)
    except (OSError, ValueError):
        return False
