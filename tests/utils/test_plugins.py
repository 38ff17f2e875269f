"""Plugins that can't be imported, and names that may be those of one that was not."""

import sys
from importlib.metadata import EntryPoint

import pytest

import ganaug
from datamodules import augmentation
from datamodules import plugins as installed_plugins
from datamodules.augmentation import check_augmentation
from datamodules.errors import DataError
from datamodules.mnist import MNISTDataModule
from ganaug.callbacks.fidelity import check_metrics
from ganaug.cli.options import with_options
from ganaug.evaluation.metrics.registry import metrics_named
from ganaug.models.registry import choose, models
from ganaug.reporting.latent_space.explore import explore
from ganaug.synthesis.filters.registry import parse_filter
from ganaug.utils import plugins
from ganaug.utils.errors import UsageError
from ganaug.utils.plugins import load_plugins, unknown_part

UNKNOWN = {
    "model": lambda: choose("model", "mine", models()),
    "fit": lambda: ganaug.fit("mine"),
    "data": lambda: ganaug.fit("dcgan", "mine"),
    "filter": lambda: parse_filter("mine"),
    "metric": lambda: metrics_named(["mine"]),
    "monitoring": lambda: check_metrics(["mine"], "domain", by_class=False),
    "augmentation": lambda: check_augmentation("mine"),
    "exploration": lambda: explore("mine", "run", "picture.png"),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_unknown_parts_are_perhaps_those_of_a_plugin(kind):
    with pytest.raises((UsageError, DataError)) as caught:
        UNKNOWN[kind]()
    said = str(caught.value)
    assert said.endswith("f a plugin defines it, import its module first (`plugins`)")
    assert with_options(said).endswith("(--plugins)")


def test_the_nearest_name_comes_first():
    said = unknown_part("filter", "agrement", ["agreement", "memorized"])
    assert said == (
        "filter 'agrement' is not one of agreement, memorized; did you mean 'agreement'? If a "
        "plugin defines it, import its module first (`plugins`)"
    )


@pytest.mark.parametrize("names", [[], ["", " , "], ["json"]])
def test_the_current_folder_is_searched_for_plugins_alone(names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(plugins, "OWN_PACKAGES", set())
    load_plugins(names)
    assert (str(tmp_path) in sys.path) is (names == ["json"])


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install plugins by their entry points, with the code of their modules."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(installed_plugins, "_tried", set())
    monkeypatch.setattr(installed_plugins, "_failures", {})
    monkeypatch.setattr(installed_plugins, "OWN_PACKAGES", set())
    monkeypatch.setattr(augmentation, "AUGMENTATIONS", dict(augmentation.AUGMENTATIONS))

    def install(value, code):
        module = value.partition(":")[0]
        (tmp_path / f"{module}.py").write_text(code)
        entries = (EntryPoint(module, value, installed_plugins.GROUP),)
        monkeypatch.setattr(installed_plugins, "_installed", lambda: entries)

    return install


PART = "import ganaug\n@ganaug.register_augmentation('inverted')\ndef steps(*_):\n    return []\n"


def test_an_augmentation_of_an_installed_plugin_is_found(installed):
    installed("installed_a", PART)
    assert MNISTDataModule(augmentation="inverted").hparams["augmentation"] == "inverted"


def test_the_function_of_an_entry_point_is_called_once(installed):
    code = "calls = []\ndef register():\n    calls.append(1)\n    " + PART.replace("\n", "\n    ")
    installed("installed_b:register", code)
    assert "inverted" in augmentation.augmentation_names()
    assert "inverted" in augmentation.augmentation_names()
    assert sys.modules["installed_b"].calls == [1]


@pytest.mark.parametrize(
    ("value", "code", "reason"),
    [
        ("installed_c", "1 / 0", r"ZeroDivisionError: division by zero"),
        ("installed_d:part", "part = 3", "TypeError: installed_d:part is 3; name a module or"),
        ("installed_e:Part", "class Part: pass", "TypeError: .* is <class .*; name a module or"),
    ],
)
def test_a_broken_installed_plugin_is_named(value, code, reason, installed):
    installed(value, code)
    path = [*sys.path]
    with pytest.warns(UserWarning, match=f"'{value[:11]}'.* missing: it raised {reason}"):
        models()
    assert sys.path == path
    with pytest.raises(UsageError, match=f"Installed plugins that failed: '{value[:11]}'"):
        choose("model", "mine", models())
    with pytest.raises(DataError, match=f"Installed plugins that failed: '{value[:11]}'"):
        check_augmentation("mine")


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("nowhere_at_all", "", "there is no module 'nowhere_at_all'; give a module of an inst"),
        ("os.nowhere_at_all", "", "there is no module 'os.nowhere_at_all'; give a module"),
        (
            "mine/parts.py",
            "",
            "'mine/parts.py' is a file; give the name of its module, such as p",
        ),
        ("plugin_a", "import nothing_here", "'plugin_a' raised .*line 1.*; install nothing_here"),
        ("plugin_b", "\n1 / 0", r"'plugin_b' raised ZeroDivisionError: .* \(plugin_b.py, line 2\)"),
        ("plugin_c", "def part(:", r"'plugin_c' raised SyntaxError: .*plugin_c\.py, line 1\)"),
        (
            "plugin_d",
            "import ganaug\nganaug.register_filter('agreement')(print)",
            "'plugin_d' is refused: there is a filter 'agreement' already",
        ),
    ],
)
def test_a_plugin_that_fails_says_where(name, code, message, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    if code:
        (tmp_path / f"{name}.py").write_text(code)
    with pytest.raises(UsageError, match=f"plugins: {message}"):
        load_plugins([name])
