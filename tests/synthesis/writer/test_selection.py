"""What is kept depends on what passed, never on the order or the number of blocks made."""

import pytest

from ganaug.synthesis.writer.journal import Entry, Journal, Row, Unit, places
from ganaug.synthesis.writer.selection import PlannedClass, Selector


def entry(block, passing, sketches=()):
    rows = [Row(f"{block}-{i}", "a", 0, "synthetic", "generator", 64 * block + i) for i in passing]
    return Entry(Unit("generator", 0, block), 64, {"agreement": len(rows)}, rows, sketches)


@pytest.fixture
def journal(tmp_path):
    (tmp_path / ".unfinished").mkdir()

    def found(*entries, rank=0):
        for each in entries:
            Journal(tmp_path, rank).append(each)
        return {unit.block: place for unit, place in places(tmp_path).items()}

    return found


def planned_class(wanted, most=None):
    return PlannedClass("generator", 0, wanted, most)


def test_the_first_that_passed_are_kept(journal):
    there = journal(entry(1, range(40)), entry(0, range(30)))
    chosen = Selector(max_attempts=10).select(planned_class(35), there)
    assert [row.sample_index for row in chosen.rows] == [*range(30), *range(64, 69)]
    assert (chosen.tried, chosen.passed, chosen.short) == (128, {"agreement": 70}, 0)


def test_blocks_beyond_those_needed_change_nothing(journal):
    few = Selector(max_attempts=10).select(planned_class(20), journal(entry(0, range(30))))
    many = Selector(max_attempts=10).select(
        planned_class(20), journal(entry(1, range(9)), entry(3, [1]))
    )
    assert few == many


def test_a_gap_ends_what_counts_and_is_made_first(journal):
    there = journal(entry(0, range(10)), entry(2, range(10)))
    selector = Selector(max_attempts=10)
    assert len(selector.select(planned_class(20), there).rows) == 10
    units = selector.next_units(planned_class(20), there)
    assert units[0].block == 1
    assert 2 not in [unit.block for unit in units]


def test_rounds_follow_the_share_that_passes_up_to_the_cap(journal):
    selector = Selector(max_attempts=10)
    assert [u.block for u in selector.next_units(planned_class(128), {})] == [0, 1]
    there = journal(entry(0, range(16)), entry(1, range(16)))
    # A quarter passed, and 96 are wanting: six blocks more.
    assert [u.block for u in selector.next_units(planned_class(128), there)] == [2, 3, 4, 5, 6, 7]
    assert Selector(max_attempts=1).next_units(planned_class(128), there) == []
    assert Selector(max_attempts=1).select(planned_class(128), there).short == 96


def test_what_can_not_be_made_is_not_asked_for():
    assert [
        u.block for u in Selector(max_attempts=9).next_units(planned_class(70, most=70), {})
    ] == [0, 1]


def test_duplicates_are_dropped_whatever_block_they_stand_in(journal):
    first = entry(0, [0, 1, 2], [[0.0, 0.0], [0.1, 0.0], [5.0, 5.0]])
    second = entry(1, [0, 1], [[5.0, 5.1], [9.0, 9.0]])
    chosen = Selector(max_attempts=20, apart=0.5).select(planned_class(5), journal(first, second))
    assert [row.file_name for row in chosen.rows] == ["0-0", "0-2", "1-1"]
    assert (chosen.passed["compared"], chosen.passed["duplicates"]) == (5, 5 - 2)


def test_blocks_of_which_other_gates_left_nothing_hold_no_duplicate(journal):
    there = journal(entry(0, []), entry(1, [0, 1], [[0.0, 0.0], [9.0, 9.0]]))
    chosen = Selector(max_attempts=50, apart=0.5).select(planned_class(2), there)
    assert (chosen.tried, chosen.passed) == (128, {"agreement": 2, "compared": 2, "duplicates": 2})


def test_real_images_are_kept_without_sketches(journal):
    chosen = Selector(max_attempts=10, apart=0.5).select(
        planned_class(3), journal(entry(0, range(3)))
    )
    assert len(chosen.rows) == 3
    assert "duplicates" not in chosen.passed


def test_torn_lines_are_passed_over_and_ranks_are_joined(journal, tmp_path):
    journal(entry(0, [1]))
    with (tmp_path / ".unfinished/journal-0000.jsonl").open("a") as torn:
        torn.write('{"unit": ["generator", 0, 5], "tried": 64, "passed"')
    there = journal(entry(1, [2]), rank=0)
    there = journal(entry(2, [3]), rank=1)
    assert sorted(there) == [0, 1, 2]
