"""The benchmark's table, and that its studies name models, configurations and flags that exist."""

import json
from pathlib import Path

import pytest

from benchmarks import runner as benchmark
from benchmarks.catalogue import STUDIES
from benchmarks.store import read_all
from benchmarks.study import Study, Workspace
from ganaug.cli.fit_arguments import expand
from ganaug.models.registry import models
from ganaug.training.setting_errors import options
from ganaug.utils.errors import UsageError


def command(name, **given):
    workspace = Workspace(Path(), None, None, 0)._replace(**given)
    return benchmark.command_of(name, workspace)


def keep(folder, name, seed, **metrics):
    home = folder / f"{name}-{seed}"
    home.mkdir(parents=True)
    written = {"metrics": metrics, "command": command(name), "cores": 2}
    (home / "metrics.json").write_text(json.dumps(written))


def test_means_and_ranges_of_what_is_there(tmp_path, capsys):
    keep(tmp_path / "out", "gan", 0, error=1.0, minutes=4.0)
    keep(tmp_path / "out", "gan", 1, error=2.0, minutes=4.5)
    benchmark.main(["--models", "gan", "--seeds", "0", "1", "--out", str(tmp_path / "out")])
    row = capsys.readouterr().out.splitlines()[-1]
    assert row == (
        f"| `gan` | 2 | error 1.5 (1 to 2); minutes 4.25 (4 to 4.5) | `{command('gan')}` | 2 |"
    )


def test_metrics_of_another_command_are_not_passed_off(tmp_path):
    kept = tmp_path / "dagan-0/metrics.json"
    kept.parent.mkdir()
    shown = command("dagan", mnist="/m", minutes=5)
    kept.write_text(json.dumps({"metrics": {"error": 1.0}, "command": shown, "cores": 2}))
    words = ["--models", "dagan", "--out", str(tmp_path)]
    benchmark.main([*words, "--mnist-root", "/m", "--minutes", "5"])
    # Without the data it can't be told, and what was measured is shown all the same.
    benchmark.main(words)
    with pytest.raises(UsageError, match=r"max_time 00:00:05:00', and now .*max_time 00:00:06:00'"):
        benchmark.main([*words, "--mnist-root", "/m", "--minutes", "6"])


def test_what_is_printed_is_stored_with_the_metrics(tmp_path, monkeypatch):
    study = Study(lambda _: {"error": 1.5}, printed=lambda workspace: f"seed {workspace.seed}")
    monkeypatch.setitem(STUDIES, "toy", study)
    store = tmp_path / "store"
    words = ["--models", "toy", "--seeds", "3", "4", "--store", str(store)]
    benchmark.main([*words, "--out", str(tmp_path / "out")])
    error, output = read_all(store)
    assert (error.metric, error.value, error.seeds) == ("error", 1.5, [3, 4])
    assert (output.metric, output.text, output.seeds) == ("output", "seed 3", [3])
    assert output.command == "tools/benchmark.py --models toy"


def test_unfinished_runs_are_left_alone(tmp_path):
    (tmp_path / "out" / "gan-0").mkdir(parents=True)
    with pytest.raises(UsageError, match="holds an unfinished run; remove it"):
        benchmark.main(["--models", "gan", "--out", str(tmp_path / "out")])


def test_unknown_models_and_missing_photographs():
    with pytest.raises(UsageError, match=r"study 'dcgam' is not one of .*did you mean 'dcgan'"):
        benchmark.main(["--models", "dcgam"])
    with pytest.raises(UsageError, match="this study needs photographs: --flowers-root DIR"):
        benchmark.main(["--models", "lapgan"])


def test_studies_name_models_that_exist():
    given = Workspace(Path("home"), "digits", "flowers", 3)
    words = [study.arguments(given) for study in STUDIES.values()]
    named = {each[each.index("--model") + 1] for each in words if "--model" in each}
    assert len(named) > 5
    assert named <= set(models())


@pytest.mark.parametrize("name", [name for name, study in STUDIES.items() if study.settings])
def test_its_flags_exist(name):
    words = STUDIES[name].arguments(Workspace(Path("home"), "digits", "flowers", 3))
    assert all(isinstance(word, str) and "$" not in word for word in words)
    for group in ("data", "model"):
        flags = {word for word in words if word.startswith(f"--{group}.")}
        assert flags <= set(options(group, expand(words)))
