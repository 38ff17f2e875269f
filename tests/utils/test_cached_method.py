"""Results of methods are kept with their object, and no longer."""

import gc
import weakref

from ganaug.utils.cached_method import cached_method


class Counter:
    def __init__(self) -> None:
        self.calls = 0

    @cached_method
    def double(self, number: int, *, more: int = 0) -> int:
        """Return twice a number."""
        self.calls += 1
        return 2 * number + more


def test_each_set_of_arguments_is_computed_once_for_each_object():
    first, second = Counter(), Counter()
    assert [first.double(2), first.double(2), first.double(3), second.double(2)] == [4, 4, 6, 4]
    assert (first.calls, second.calls) == (2, 1)
    assert [first.double(2, more=1), first.double(2, more=1), first.double(2)] == [5, 5, 4]
    assert first.calls == 3
    assert Counter.double.__doc__ == "Return twice a number."


def test_an_object_is_not_kept_for_its_results():
    counter = Counter()
    counter.double(2)
    known = weakref.ref(counter)
    del counter
    gc.collect()
    assert known() is None
