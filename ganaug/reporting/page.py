"""The page: sections in a template, as one self-contained HTML file."""

import re
from collections.abc import Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from datamodules.console import say
from datamodules.errors import described
from ganaug.reporting.blocks import Block, Missing, Section
from ganaug.reporting.inputs import ReportInputs
from ganaug.reporting.sections import sections
from ganaug.utils.errors import UsageError
from ganaug.utils.registry import is_built_in
from ganaug.utils.user_errors import attribute_errors

if TYPE_CHECKING:
    from ganaug.reporting.sections import SectionFunction


def page(inputs: ReportInputs, generator: str = "ganaug") -> str:
    """Return all sections as one HTML page that opens offline."""
    return lay_out(
        f"Synthetic images: {Path(inputs.folder).resolve().name}",
        subtitle(inputs),
        laid_out_sections(inputs),
        generator,
    )


def laid_out_sections(inputs: ReportInputs) -> list[Section]:
    """Return all sections in the order of the page."""
    functions, taken_keys = sections(), set[str]()
    by_function: dict[SectionFunction, Section] = {}
    # Built-in sections come first, so that a user's section can't take their keys.
    for function in sorted(functions, key=lambda function: not is_built_in(function)):
        section = by_function[function] = laid_out(function, inputs, taken_keys)
        taken_keys |= {section.key, f"{section.key}-title"}
    return [by_function[function] for function in functions]


def laid_out(
    function: "SectionFunction", inputs: ReportInputs, taken_keys: Container[str] = ()
) -> Section:
    """Return a section; if a user's section fails, return one with the error instead.

    Args:
        function: The section's function.
        inputs: The content of the report.
        taken_keys: Keys of other sections.
    """
    if is_built_in(function):
        return function(inputs)
    label = f"the section {function.__name__}"
    try:
        with attribute_errors(label, function, "correct it, and write the report again"):
            section = function(inputs)
        refuse_no_section(label, section, taken_keys)
    except UsageError as error:
        say(f"warning: {error}")
        key = f"failed-{function.__name__.replace('_', '-').lower()}"
        return Section(key, function.__name__, [Missing(str(error))])
    return section


def refuse_no_section(label: str, section: object, taken_keys: Container[str] = ()) -> None:
    """Refuse a return value that the template can't show.

    Args:
        label: The section's function, for the message.
        section: The return value.
        taken_keys: Keys of other sections.

    Raises:
        UsageError: It is not a section, the section's key or blocks are invalid, or it can't be
            drawn.
    """
    if not isinstance(section, Section):
        kind = described(section)
        raise UsageError(f"{label} returns {kind}; return a Section of ganaug.reporting.blocks")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", str(section.key)):
        raise UsageError(f"{label} has the key {section.key!r}; use lower-case letters and hyphens")
    if section.key in taken_keys:
        raise UsageError(f"{label} has the key {section.key!r} of another section; give it its own")
    for block in [section.blocks] if isinstance(section.blocks, str) else section.blocks:
        if not isinstance(block, Block):
            raise UsageError(
                f"{label} has a block of {described(block)}; give a list of blocks of "
                "ganaug.reporting.blocks, such as Text"
            )
    try:
        lay_out("", "", [section])
    except Exception as error:  # depends on what the user's blocks hold
        raise UsageError(
            f"{label} can't be drawn ({type(error).__name__}: {error}); give its blocks the values "
            "that ganaug.reporting.blocks describes"
        ) from error


def lay_out(
    title: str, subtitle: str, sections: Sequence[Section], generator: str = "ganaug"
) -> str:
    """Return a page from the template; all text is escaped.

    Args:
        title: Title of the page.
        subtitle: Line below the title.
        sections: The sections; the first one fills the first screen.
        generator: Name of the program that wrote the page.
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
        title=title, subtitle=subtitle, sections=sections, style=style, generator=generator
    )


def subtitle(inputs: ReportInputs) -> str:
    """Return a description of the set in a line."""
    counts, card = inputs.synthetic_counts, inputs.manifest.get("card", {})
    real = f"{sum(card.get('class_counts', {}).values()):,} real images"
    methods = [name for name in inputs.manifest.get("sources", {}) if name != "real"]
    if (model := inputs.manifest.get("model")) and methods != ["folder"]:
        origin = f"generated by {str(model).rpartition('.')[2]}, which was fitted on {real}"
    else:
        makers = ["another program" if name == "folder" else name for name in methods]
        origin = f"made by {' and '.join(makers) or 'an unnamed model'} for {real}"
    size, kind = card.get("image_size", "?"), "gray" if card.get("channels") == 1 else "color"
    classes = len([name for name in counts if counts[name]])
    return (
        f"{sum(counts.values()):,} {kind} images of {size} by {size} pixels in {classes} "
        f"{'class' if classes == 1 else 'classes'}, {origin}"
    )
