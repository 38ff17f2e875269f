"""The processors that a process may use: no more than a container's quota."""

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
