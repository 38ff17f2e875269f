"""expand: generate, filter and write the planned images of a set."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from itertools import zip_longest
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer

from ganaug.synthesis.content_credentials import Signature
from ganaug.synthesis.filters.base import Filter
from ganaug.synthesis.filters.duplicates import DuplicateFilter
from ganaug.synthesis.marks import marks_of
from ganaug.synthesis.own_parts import part_facts
from ganaug.synthesis.sources.base import BLOCK, ImageSource, check_wanted
from ganaug.synthesis.trainer import plain_trainer
from ganaug.synthesis.writer.files import FORMATS, FormatName
from ganaug.synthesis.writer.folder import Folder
from ganaug.synthesis.writer.selection import PlannedClass, Selector
from ganaug.synthesis.writer.worker import Worker, work
from ganaug.utils.choices import refuse_other
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import only_writer
from ganaug.utils.registry import dotted_path
from ganaug.utils.user_errors import attribute_errors
from ganaug.utils.user_paths import takes_paths

Plan = Mapping[str, Mapping[str, int]]
MAX_ATTEMPTS = 10


@takes_paths("out")
def expand(
    sources: Sequence[ImageSource],
    plan: Plan,
    out: str | Path,
    *,
    filters: Sequence[Filter | DuplicateFilter] = (),
    max_attempts: int = MAX_ATTEMPTS,
    facts: Mapping[str, Any] | None = None,
    mark: bool = True,
    signature: Signature | None = None,
    kind: FormatName = "png",
    trainer: Trainer | None = None,
) -> dict[str, Any]:
    """Make the planned images and write them as one folder per class.

    `out/images/<class>/<index>.png` loads with torchvision's ImageFolder and Hugging Face's
    imagefolder. Next to `images/` are `metadata.csv` with a row for every image, the data card
    `README.md`, and `manifest.json`, which is written last. After an interruption, the same call
    resumes; if the folder is complete, it does nothing.

    Args:
        sources: Sources of images, such as a `GeneratorSource`.
        plan: By method, the images to make of each class.
        out: The folder; absent, empty, or begun by the same call.
        filters: Filters that every image must pass.
        max_attempts: Largest number of images to make for each one wanted.
        facts: Further settings that determine the images, for the manifest; JSON values.
        mark: Whether to mark image files as synthetic; real ones are never marked.
        signature: Signs the marks (C2PA).
        kind: png, jpeg or webp.
        trainer: Runs the work on as many devices as it has; one on the CPU by default.

    Returns:
        The manifest. Its `short` has the number of missing images of each class that filters left
        short.

    Raises:
        UsageError: The sources don't go together, the plan can't be carried out, the folder can't
            be written to, or another process writes into it.

    Example:
        >>> import ganaug
        >>> from ganaug.synthesis import GeneratorSource
        >>> checkpoint = ganaug.load("runs/dcgan/version_0")
        >>> source = GeneratorSource(checkpoint.model, checkpoint.card.class_names)
        >>> expand([source], {"generator": {"7": 100}}, "sevens")["counts"]["synthetic"]["7"]
        100
    """
    refuse_other("format", kind, FORMATS)
    if signature and not mark:
        raise UsageError("c2pa_certificate signs marks, and `mark=False` writes none; give one")
    if max_attempts < 1:
        raise UsageError(f"max_attempts is {max_attempts}; use 1 or more")
    image_filters, duplicates = split_filters(filters)
    apart = duplicates.apart if duplicates else None
    by_name = sources_by_method(sources)
    planned_classes = planned_classes_of(by_name, plan)
    trainer = trainer or plain_trainer()
    facts = {
        "plan": plan,
        "sources": {name: part_facts(f"the method {name!r}", by_name[name]) for name in plan},
        "max_attempts": max_attempts,
        "filters": [
            part_facts(f"the filter {dotted_path(image_filter)}", image_filter)
            for image_filter in image_filters
        ],
        "duplicates_apart": apart,
        "marks": marks_of([by_name[name] for name in plan]) if mark else None,
        "c2pa": signature.facts if signature else None,
        **(facts or {}),
    }
    with only_writer(out) if trainer.is_global_zero else nullcontext():
        folder = Folder(
            Path(out),
            class_names=next(iter(by_name.values())).class_names,
            planned_classes=planned_classes,
            selector=Selector(max_attempts=max_attempts, apart=apart),
            facts=facts,
            kind=kind,
        )
        if folder.complete:
            folder.tidy()
        else:
            worker = Worker(
                folder, by_name, filters=image_filters, duplicates=duplicates, signature=signature
            )
            work(worker, trainer)
        return folder.manifest()


def sources_by_method(sources: Sequence[ImageSource]) -> dict[str, ImageSource]:
    """Return the sources by method.

    Raises:
        UsageError: There are none, two have the same method, or two list different classes, so that
            the images of one would get the labels of the other.
    """
    if not sources:
        raise UsageError("`sources` is empty; give at least one source of images")
    by_method: dict[str, ImageSource] = {}
    for source in sources:
        if source.method in by_method:
            raise UsageError(
                f"`sources`: two have the method {source.method!r}; leave one out, or set its "
                "attribute `method` to another name"
            )
        by_method[source.method] = source
    if {"generator", "translator"} <= by_method.keys():
        raise UsageError(
            "`sources`: the methods 'generator' and 'translator' give their files the same names; "
            "make a set with each"
        )
    first, *other_sources = sources
    for other_source in other_sources:
        pairs = zip_longest(first.class_names, other_source.class_names)
        for number, (name, its_name) in enumerate(pairs):
            if name != its_name:
                raise UsageError(
                    f"`sources`: class {number} is {name!r} in the method {first.method!r} and "
                    f"{its_name!r} in {other_source.method!r}; give both the same classes in the "
                    "same order"
                )
    return by_method


def split_filters(
    filters: Sequence[Filter | DuplicateFilter],
) -> tuple[list[Filter], DuplicateFilter | None]:
    """Return the filters of single images, and the one that compares images, if any.

    Raises:
        UsageError: There are two filters of duplicates.
    """
    comparing = [filter_ for filter_ in filters if isinstance(filter_, DuplicateFilter)]
    if len(comparing) > 1:
        raise UsageError("`filters` has two duplicate filters; give one")
    single = [filter_ for filter_ in filters if not isinstance(filter_, DuplicateFilter)]
    return single, next(iter(comparing), None)


def planned_classes_of(sources: Mapping[str, ImageSource], plan: Plan) -> list[PlannedClass]:
    """Return the number of images that each source will make of each class, in label order.

    Args:
        sources: Sources by method.
        plan: By method, the images to make of each class.

    Raises:
        UsageError: A method of the plan has no source, its source can't make what is planned, or
            nothing is planned.
    """
    planned: list[PlannedClass] = []
    for method, class_counts in plan.items():
        refuse_other("the plan's method", method, sources)
        source = sources[method]
        size = getattr(source, "block_size", BLOCK)
        with attribute_errors(f"the method {method!r}", source):
            check_wanted(source, class_counts)
            planned += [
                PlannedClass(method, label, class_counts[name], source.most(label), size)
                for label, name in enumerate(source.class_names)
                if class_counts.get(name)
            ]
    if not planned:
        raise UsageError("`plan` is empty; give at least one class one image or more")
    return planned
