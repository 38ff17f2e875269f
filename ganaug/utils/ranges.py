"""Refusing numbers that are out of range, with a message that names the one that is."""

import math

from ganaug.utils.errors import UsageError


def refuse_outside(
    group: str, least: float, most: float = math.inf, /, **settings: float | None
) -> None:
    """Refuse settings below `least` or above `most`.

    Args:
        group: Group of the settings, which the message names before a dot; empty for none.
        least: Smallest value allowed.
        most: Largest value allowed.
        settings: Values by name; None is allowed.

    Raises:
        UsageError: One is out of range; the message names it.

    Example:
        >>> refuse_outside("stability", 0.5, 1, accuracy=0.3)
        Traceback (most recent call last):
        datamodules.errors.UsageError: stability.accuracy is 0.3; it must be from 0.5 to 1
    """
    for name, value in settings.items():
        if value is not None and not least <= value <= most:
            allowed = f"{least} or more" if most == math.inf else f"from {least} to {most}"
            raise UsageError(f"{_label(group, name)} is {value}; it must be {allowed}")


def refuse_not_positive(group: str = "", /, **settings: float | None) -> None:
    """Refuse settings that must be finite and above zero.

    Args:
        group: Group of the settings, which the message names before a dot.
        settings: Values by name; None is allowed.

    Raises:
        UsageError: One isn't; the message names it.

    Example:
        >>> refuse_not_positive(width=32, grad_clip=None)
    """
    for name, value in settings.items():
        if value is not None and not 0 < value < math.inf:
            raise UsageError(
                f"{_label(group, name)} is {value}; it must be above 0{_and_finite(value)}"
            )


def refuse_negative(**settings: float) -> None:
    """Refuse settings that must be finite, and zero or more.

    Raises:
        UsageError: One isn't; the message names it.

    Example:
        >>> refuse_negative(class_guidance=0, penalty=10.0)
    """
    for name, value in settings.items():
        if not 0 <= value < math.inf:
            raise UsageError(f"{name} is {value}; it must be 0 or more{_and_finite(value)}")


def refuse_not_below_one(**settings: float) -> None:
    """Refuse settings that must be at least 0 and below 1, such as dropout rates.

    Raises:
        UsageError: One isn't; the message names it.

    Example:
        >>> refuse_not_below_one(dropout=0.1, cutout=0)
    """
    for name, value in settings.items():
        if not 0 <= value < 1:
            raise UsageError(f"{name} is {value}; it must be at least 0 and below 1")


def checked_betas(beta1: float, beta2: float = 0.999) -> tuple[float, float]:
    """Return Adam's decay rates.

    Raises:
        UsageError: One is out of range; the message names it.
    """
    refuse_not_below_one(beta1=beta1, beta2=beta2)
    return beta1, beta2


def _label(group: str, name: str) -> str:
    return f"{group}.{name}" if group else name


def _and_finite(value: float) -> str:
    return "" if math.isfinite(value) else " and finite"
