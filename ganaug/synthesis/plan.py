"""Plan: the number of images of each class to make, by method."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ganaug.synthesis.strategy import check_class, whole_number
from ganaug.utils.errors import UsageError
from ganaug.utils.notebook import Printed
from ganaug.utils.safe_yaml import load_yaml, yaml_text


@dataclass(frozen=True)
class Plan(Printed):
    """Number of images of each class to generate; prints as a table.

    Attributes:
        images: For each method, the number of images to generate by class name; under `real`, the
            real images to copy.
        real: Number of real images by class name.
    """

    images: dict[str, dict[str, int]]
    real: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Number of images to generate, without copied real images."""
        return sum(sum(self.images[method].values()) for method in self._methods)

    @property
    def _methods(self) -> list[str]:
        # Real images are copied, not generated.
        return [method for method in self.images if method != "real"]

    def __str__(self) -> str:
        width = max(len(name) for name in [*self.real, "class"])
        heads = "".join(f"{method:>16}" for method in self._methods)
        lines = [f"{'class':<{width}}{'real':>9}{'target':>9}{heads}"]
        for name, real in self.real.items():
            counts = [self.images[method].get(name, 0) for method in self._methods]
            cells = "".join(f"{count:>16,}" for count in counts)
            lines.append(f"{name:<{width}}{real:>9,}{real + sum(counts):>9,}{cells}")
        return "\n".join(
            [*lines, f"{self.total:,} images to be made by {', '.join(self._methods)}"]
        )


def read_plan(
    path: Path, class_counts: Mapping[str, int], method: str
) -> dict[str, dict[str, int]]:
    """Read a plan from a YAML file.

    Each class has a number of images to make, or a number for each method:
    `{rose: 300, tulip: {generator: 200, albumentations: 100}}`.

    Args:
        path: The file.
        class_counts: Real images of each class.
        method: Method of the classes without one.

    Returns:
        By method, the images to make of each class.

    Raises:
        UsageError: The file can't be read, names an unknown class, or has an invalid number.
    """
    content = load_yaml(yaml_text(path, "plan_file"), f"plan_file {path}")
    if not isinstance(content, dict) or not content:
        raise UsageError(f"plan_file {path} holds no plan; write a line such as 'rose: 300'")
    plans: dict[str, dict[str, int]] = {}
    for name, planned in content.items():
        name = check_class(str(name), class_counts)
        for key, count in (planned if isinstance(planned, dict) else {method: planned}).items():
            plans.setdefault(str(key), {})[name] = whole_number(
                f"the number of images of class {name!r}", count
            )
    if not any(count for counts in plans.values() for count in counts.values()):
        raise UsageError(f"plan_file {path} holds no images")
    return plans
