"""Formatting of numbers, and of the names of a study's arms."""

import re

from ganaug.reporting.estimates import Estimate

# A minus sign as wide as a plus, and the sign for a missing value.
MINUS, NOTHING = "\N{MINUS SIGN}", "\N{EN DASH}"

ARMS = {
    "real": "real images as they occur",
    "real, balanced": "real images, each class drawn equally often",
    "real + augmentation": "real images with classical augmentation",
    "pre-trained on synthetic": "synthetic images first, then real ones",
    "synthetic only": "synthetic images only",
    "real + synthetic as planned": "real images and the set as it was planned",
    "real + augmentation + synthetic as planned": (
        "real images and the set as it was planned, with classical augmentation"
    ),
}
MIXED = re.compile(r"(.+) \+ (synthetic|duplicates) x ([\d.]+)")
ONE_OF_SEVERAL = re.compile(
    r"(real \+ augmentation|pre-trained on synthetic, augmentation) (\S+)(.*)"
)
WAYS = {
    "weight 0.3": "synthetic ones counting 0.3 times in the loss",
    "soft labels": "synthetic ones with soft labels of classifiers trained on real images",
    "useful": "only the synthetic ones that classifiers trained on real images find useful",
    "mixup": "mixed by MixUp",
    "cutmix": "mixed by CutMix",
}


def arm_in_words(name: str) -> str:
    """Return the training images of an arm in words; other names are unchanged."""
    base, _, way = name.rpartition(", ")
    if way in WAYS:
        return f"{arm_in_words(base)}, {WAYS[way]}"
    if match := MIXED.fullmatch(name):
        base, kind, ratio = match.groups()
        words = "real images" if base == "real" else arm_in_words(base)
        kind = "duplicate" if kind == "duplicates" else kind
        count = f"{ratio} {kind} image" + ("s" if ratio != "1" else "")
        return f"{words} and {count} drawn for each real one"
    if (match := ONE_OF_SEVERAL.fullmatch(name)) and match[2] != "+":
        return f"{arm_in_words(re.sub(', augmentation$', '', match[1]) + match[3])} ({match[2]})"
    return ARMS.get(name, name)


def with_capital(sentences: str) -> str:
    """Return sentences whose first letter is a capital."""
    return sentences[:1].upper() + sentences[1:]


def percent(value: float) -> str:
    """Format a share as percent."""
    return f"{100 * value:.1f}%"


def points(value: float, digits: int = 1) -> str:
    """Format a difference of shares in points, with a sign unless it rounds to zero."""
    text = f"{100 * value:+.{digits}f}".replace("-", MINUS)
    return text if float(text[1:]) else text[1:]


def point_range(estimate: Estimate, digits: int = 1) -> str:
    """Format the interval of a difference in points."""
    if estimate.interval is None:
        return NOTHING
    return " to ".join(points(bound, digits) for bound in estimate.interval)


def percent_range(estimate: Estimate) -> str:
    """Format the interval of a share in percent."""
    if estimate.interval is None:
        return NOTHING
    return " to ".join(f"{100 * min(1.0, max(0.0, bound)):.1f}" for bound in estimate.interval)


def number(value: float, digits: int = 3) -> str:
    """Format a value with `digits` significant digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{digits}g}".replace("-", MINUS)


def direction(better: str | None) -> str:
    """Return which values of a metric are better; empty if neither are."""
    return f"{better} is better" if better else ""


def listed(names: list[str], limit: int = 5) -> str:
    """Format a list of names, shortened to the first few."""
    shown_names = names[:limit]
    num_hidden = len(names) - len(shown_names)
    return ", ".join(shown_names) + (f" and {num_hidden} more" if num_hidden else "")
