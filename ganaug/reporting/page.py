"""The page: sections laid out by a template, everything that it needs inside of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ganaug.reporting.blocks import Section
from ganaug.reporting.inputs import Materials
from ganaug.reporting.sections import SECTIONS
from ganaug.utils.atomic_files import atomic_open_or_refuse, write_json
from ganaug.utils.errors import UsageError

GENERATOR = "ganaug tools/report.py"


def page(materials: Materials) -> str:
    """Lay all sections out as one HTML page, which asks nothing of any network."""
    return lay_out(title_of(materials), subtitle_of(materials), [s(materials) for s in SECTIONS])


def lay_out(title: str, subtitle: str, sections: Sequence[Section]) -> str:
    """Fill the template; whatever is text is escaped.

    Args:
        title: Of the page.
        subtitle: Below it.
        sections: The first of them is the first screen.
    """
    loader = PackageLoader("ganaug.reporting", ".")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = Markup(loader.get_source(environment, "style.css")[0])
    return environment.get_template("page.html").render(
        title=title, subtitle=subtitle, sections=sections, style=style, generator=GENERATOR
    )


def title_of(materials: Materials) -> str:
    """Name the set."""
    return f"Synthetic images: {Path(materials.place).resolve().name}"


def subtitle_of(materials: Materials) -> str:
    """Say what the set is, in a line."""
    manifest, made = materials.manifest, materials.made
    card = manifest.get("card", {})
    model = str(manifest.get("model", "an unnamed model")).rpartition(".")[2]
    real = sum(card.get("class_counts", {}).values())
    size, kind = card.get("image_size", "?"), "grey" if card.get("channels") == 1 else "colour"
    classes = len([name for name in made if made[name]])
    return (
        f"{sum(made.values()):,} {kind} images of {size} by {size} pixels, {classes} "
        f"{'class' if classes == 1 else 'classes'}, made by {model} fitted on {real:,} real ones"
    )


def check_report_files(out: Path, figures: Path) -> None:
    """See to it that `write_report` would overwrite nothing but its own.

    Raises:
        UsageError: A path is taken by something else, or the folder is missing.
    """
    if not out.parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.parent}")
    for path in (out, figures):
        if path.exists() and not _ours(path):
            raise UsageError(f"{path} is not a file of this tool's; give --out another name")


def write_report(out: Path, figures: Path, html: str, found: Mapping[str, Any]) -> None:
    """Write the page and its figures, each whole or not at all.

    Args:
        out: Of the page.
        figures: Of the JSON file beside it.
        html: The page.
        found: All figures.

    Raises:
        UsageError: A file would overwrite another's, or can't be written.
    """
    check_report_files(out, figures)
    write_json(figures, {"writer": GENERATOR, **found})
    with atomic_open_or_refuse(out) as file:
        file.write(html.encode())


def _ours(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            return GENERATOR in file.read(1000)
    except (OSError, ValueError):
        return False
