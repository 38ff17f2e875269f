"""Plans of time budgets, passed from the first process of a script to those of further devices."""

import os
import time
from pathlib import Path

from ganaug.utils.atomic_files import write_json
from ganaug.utils.errors import UsageError
from ganaug.utils.safe_json import read_json
from ganaug.utils.temporary import temporary_file

# Environment variable with the first process's number, and the folder in which it writes its plans.
PLANS = "GANAUG_PLANS"
SECONDS_BETWEEN_LOOKS = 0.1


class SharedPlans:
    """The plans of a script's fits, in order.

    Lightning starts the further processes of the first fit on several devices. They run the same
    script from its beginning and take part in all of its fits, so the plan of a fit is the one with
    the same number.
    """

    def __init__(self) -> None:
        self.fits, self.folder = 0, Path()

    def next_fit(self) -> None:
        """Count a fit with a budget."""
        self.fits += 1

    def are_made_elsewhere(self) -> bool:
        """Return whether this process takes the plans of the one that started it."""
        first_process = os.environ.get(PLANS, "").partition(":")[0]
        return os.environ.get("LOCAL_RANK", "0") != "0" and first_process == str(os.getppid())

    def share(self, arguments: list[str], error: str = "") -> None:
        """Write the arguments that a plan adds, or why there is no plan."""
        first_process, _, folder = os.environ.get(PLANS, "").partition(":")
        if first_process != str(os.getpid()):
            folder = str(temporary_file("plans").parent)
            os.environ[PLANS] = f"{os.getpid()}:{folder}"
        write_json(Path(folder) / f"{self.fits}.json", {"words": arguments, "error": error})

    def take(self) -> list[str]:
        """Return the arguments that the first process's plan adds, once they are written.

        Raises:
            UsageError: The first process has no plan, or has ended.
        """
        first_process, _, folder = os.environ[PLANS].partition(":")
        file = Path(folder) / f"{self.fits}.json"
        while not file.is_file():
            if first_process != str(os.getppid()):
                raise UsageError("budget: the process that plans the fit has ended")
            time.sleep(SECONDS_BETWEEN_LOOKS)
        plan = read_json(file)
        if plan["error"]:
            raise UsageError(plan["error"])
        return plan["words"]


# Of this process.
SHARED = SharedPlans()
