"""The number of synthetic images of each class by a sampling strategy."""

from collections.abc import Mapping
from typing import TypeAlias

from datamodules.reading.folders.class_names import find_name
from ganaug.utils.errors import UsageError, did_you_mean
from ganaug.utils.safe_yaml import NotYamlError, load_yaml

Strategy: TypeAlias = str | float | Mapping[str, int]

# A larger number of images of a class must be a typo.
MOST_IMAGES = 100_000_000
MOST_FRACTION, MOST_FACTOR = 0.999, 1000
WORDS = ("auto", "minority", "not minority", "not majority", "all")


def parse_strategy(text: str) -> Strategy:
    """Read a sampling strategy from the command line.

    Args:
        text: A word of `WORDS`, a number such as `0.5`, or a mapping such as `{"rose": 500}`
            in JSON or YAML.

    Returns:
        The strategy, for `images_by_class`.

    Raises:
        UsageError: The text is not one of these.
    """
    try:
        value = load_yaml(text, "sampling_strategy")
    except NotYamlError:
        value = None
    if isinstance(value, dict):
        return {str(name): _final_count(str(name), count) for name, count in value.items()}
    if value in WORDS:
        return str(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        hint = did_you_mean(text, WORDS)
        raise UsageError(
            f"sampling strategy {text!r} is not known{hint or '.'} Use one of {', '.join(WORDS)}; "
            "a ratio in (0, 1] for two classes; or final counts such as '{\"rose\": 500}'."
        ) from None


def images_by_class(
    class_counts: Mapping[str, int],
    strategy: Strategy = "auto",
    *,
    per_class: int | None = None,
    multiply: float | None = None,
    synthetic_fraction: float | None = None,
) -> dict[str, int]:
    """Return the number of synthetic images of each class to make.

    The strategies are those of imbalanced-learn (Lemaître et al. 2017): a word selects the classes
    that are filled up to the size of the largest class, and `auto` means `not majority`; a number
    is the desired ratio of the smaller to the larger of two classes; a mapping gives final counts,
    real images included.

    Args:
        class_counts: Real images of each class.
        strategy: A word of `WORDS`, a ratio in (0, 1], or final counts by class.
        per_class: Synthetic images of every class; overrides the strategy.
        multiply: Factor by which every class grows, real images included.
        synthetic_fraction: Fraction of synthetic images in every class, so that looking synthetic
            is independent of the class.

    Returns:
        Synthetic images to make of each class, in the order of `class_counts`.

    Raises:
        UsageError: The strategy is unknown, does not fit the counts, or makes nothing.
    """
    if not class_counts:
        raise UsageError("there are no classes to plan for; the checkpoint names none.")
    if per_class is not None:
        if isinstance(per_class, Mapping):
            raise UsageError(
                f"per_class is {dict(per_class)}, and it is one number for all classes; give "
                "sampling_strategy the final count of each class, real images included"
            )
        per_class = whole_number("per_class", per_class)
        if per_class < 1:
            raise UsageError(f"per_class is {per_class}; use a count from 1 to {MOST_IMAGES:,}.")
        return dict.fromkeys(class_counts, per_class)
    if multiply is not None:
        if not 1 < multiply <= MOST_FACTOR:
            raise UsageError(f"multiply is {multiply}; use a factor above 1, up to {MOST_FACTOR}.")
        return _multiplied(class_counts, multiply - 1)
    if synthetic_fraction is not None:
        if not 0 < synthetic_fraction <= MOST_FRACTION:
            raise UsageError(
                f"synthetic_fraction is {synthetic_fraction}; use a fraction above 0, and "
                f"{MOST_FRACTION} at most."
            )
        return _multiplied(class_counts, synthetic_fraction / (1 - synthetic_fraction))
    if isinstance(strategy, str):
        counts = _by_word(class_counts, strategy)
    elif isinstance(strategy, Mapping):
        counts = _by_final_counts(class_counts, strategy)
    else:
        counts = _by_ratio(class_counts, strategy)
    if not any(counts.values()):
        raise UsageError(
            f"by the sampling strategy {strategy!r} there is nothing to make: no class is short "
            f"of images ({_counts(class_counts)}). Give per_class to make images of every class."
        )
    return counts


def _multiplied(class_counts: Mapping[str, int], factor: float) -> dict[str, int]:
    # At least one image, or the smallest classes would get none.
    return {name: max(1, round(count * factor)) for name, count in class_counts.items() if count}


def check_class(name: str, class_counts: Mapping[str, int]) -> str:
    """Return the class with a name.

    Raises:
        UsageError: There is no such class; the message lists the classes.
    """
    if (class_name := find_name(name, class_counts)) is None:
        hint = did_you_mean(name, class_counts)
        raise UsageError(
            f"there is no class {name!r}{hint or '.'} The classes are {', '.join(class_counts)}."
        )
    return class_name


def _by_word(class_counts: Mapping[str, int], word: str) -> dict[str, int]:
    if word not in WORDS:
        raise UsageError(f"sampling strategy {word!r} is not one of {', '.join(WORDS)}.")
    largest = max(class_counts, key=lambda name: class_counts[name])
    smallest = min(class_counts, key=lambda name: class_counts[name])
    classes = {
        "auto": set(class_counts) - {largest},
        "not majority": set(class_counts) - {largest},
        "minority": {smallest},
        "not minority": set(class_counts) - {smallest},
        "all": set(class_counts),
    }[word]
    top = class_counts[largest]
    return {name: top - n if name in classes else 0 for name, n in class_counts.items()}


def _by_ratio(class_counts: Mapping[str, int], ratio: float) -> dict[str, int]:
    if len(class_counts) != 2:
        raise UsageError(
            f"the ratio {ratio} needs exactly two classes, and there are {len(class_counts)}; "
            f"use one of {', '.join(WORDS)}, or final counts by class."
        )
    if not 0 < ratio <= 1:
        raise UsageError(f"the ratio is {ratio}; use a number above 0 and up to 1.")
    larger = max(class_counts, key=lambda name: class_counts[name])
    (smaller,) = set(class_counts) - {larger}
    # imbalanced-learn also truncates.
    missing = int(class_counts[larger] * ratio - class_counts[smaller])
    if class_counts[larger] * ratio < class_counts[smaller]:
        raise UsageError(
            f"the ratio {ratio} asks for fewer images of {smaller!r} than there are "
            f"({_counts(class_counts)}), and real images are never removed; use a larger ratio."
        )
    return {name: missing if name == smaller else 0 for name in class_counts}


def _by_final_counts(class_counts: Mapping[str, int], final: Mapping[str, int]) -> dict[str, int]:
    final = {check_class(str(name), class_counts): count for name, count in final.items()}
    for name, count in final.items():
        if _final_count(name, count) < class_counts[name]:
            raise UsageError(
                f"class {name!r} already has {class_counts[name]} real images, and its final count "
                f"is {count}; real images are never removed, so give {class_counts[name]} or more."
            )
    return {name: int(final.get(name, n)) - n for name, n in class_counts.items()}


def _final_count(name: str, count: object) -> int:
    return whole_number(f"the final count of class {name!r}", count)


def whole_number(label: str, count: object) -> int:
    """Return a count of images after checking it.

    Raises:
        UsageError: It isn't a whole number in range.
    """
    try:
        value = int(str(count))
    except ValueError:
        value = -1
    if not 0 <= value <= MOST_IMAGES:
        raise UsageError(f"{label} is {count!r}; use a whole number from 0 to {MOST_IMAGES:,}.")
    return value


def _counts(class_counts: Mapping[str, int]) -> str:
    texts = [f"{name}: {count}" for name, count in class_counts.items()]
    return ", ".join([*texts[:10], "…"] if len(texts) > 10 else texts)
