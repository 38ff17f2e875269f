"""The number of cores that a process may use is limited by a container's quota."""

import math

import pytest

from datamodules import processors


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"cpu.max": "max 100000\n"}, math.inf),
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, math.inf),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        ({"cpu.max": "unreadable"}, math.inf),
        ({}, math.inf),
    ],
)
def test_a_containers_quota_is_read(monkeypatch, tmp_path, files, quota):
    monkeypatch.setattr(processors, "CGROUPS", tmp_path)
    (tmp_path / "cpu").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert processors.quota() == quota


@pytest.mark.parametrize(("quota", "cores"), [(0.5, 1), (1.5, 2), (3, 3), (math.inf, 8)])
def test_a_part_of_a_processor_counts_as_one(monkeypatch, quota, cores):
    monkeypatch.setattr(processors, "quota", lambda: quota)
    monkeypatch.setattr(processors.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert processors.usable_cores() == cores


def statistics_of(*busy):
    """Return the text of /proc/stat: ticks of user, nice, system, idle, iowait, irq and softirq."""
    rows = [f"cpu{i} {user} 9 {system} 500 0 0 0 0" for i, (user, system) in enumerate(busy)]
    return "\n".join(["cpu 0 0 0 0 0 0 0 0", *rows, "intr 1"])


@pytest.mark.parametrize(
    ("after", "free"),
    [
        ([(100, 0), (100, 0)], 2),
        ([(190, 10), (100, 0)], 1),
        ([(130, 0), (100, 0)], 2),
        ([(200, 0), (180, 10)], 1),
    ],
)
def test_cores_that_others_keep_busy_are_not_free(monkeypatch, tmp_path, after, free):
    file = tmp_path / "stat"
    file.write_text(statistics_of((100, 0), (100, 0)))
    monkeypatch.setattr(processors, "STATISTICS", file)
    monkeypatch.setattr(processors, "quota", lambda: math.inf)
    monkeypatch.setattr(processors.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr(processors.os, "sysconf", lambda _: 100)
    monkeypatch.setattr(processors.time, "sleep", lambda _: file.write_text(statistics_of(*after)))
    assert processors.free_cores(seconds=1.0) == free


def test_without_statistics_all_cores_are_free(monkeypatch, tmp_path):
    monkeypatch.setattr(processors, "STATISTICS", tmp_path / "missing")
    assert processors.free_cores() == processors.usable_cores()
