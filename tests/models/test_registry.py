"""Models and data modules are found by their files, read but not imported."""

import ast
import os

import pytest

from ganaug.models import registry
from ganaug.models.registry import register_data, register_model
from ganaug.utils.errors import UsageError


def test_a_new_file_is_a_new_model(tmp_path, monkeypatch):
    (tmp_path / "wgan_gp.py").write_text('"""WGAN-GP: a critic."""\nclass WGANGP: pass\n')
    (tmp_path / "_parts.py").write_text("class Parts: pass\n")
    monkeypatch.setattr(registry, "MODELS", tmp_path)
    assert registry.models() == {"wgan_gp": "ganaug.models.wgan_gp.WGANGP"}
    assert registry.summary("wgan_gp") == "a critic."


def test_a_file_is_parsed_again_only_if_it_has_changed(tmp_path, monkeypatch):
    parsed, parse = [], ast.parse
    monkeypatch.setattr(registry, "MODELS", tmp_path)
    monkeypatch.setattr(registry.ast, "parse", lambda text: parsed.append(text) or parse(text))
    (tmp_path / "first.py").write_text("class First: pass\n")
    for _ in range(3):
        assert registry.models()["first"] == "ganaug.models.first.First"
    assert len(parsed) == 1
    (tmp_path / "second.py").write_text("class Second: pass\n")
    (tmp_path / "first.py").write_text("class FIRST: pass\n")
    os.utime(tmp_path / "first.py", (1, 1))
    found = {f"ganaug.models.{each}" for each in ("first.FIRST", "second.Second")}
    assert found <= {*registry.models().values()}
    assert len(parsed) == 3


def test_a_second_class_of_a_name_is_refused_and_the_same_one_is_not(monkeypatch):
    for kind, register in {"_models": register_model, "_data_modules": register_data}.items():
        monkeypatch.setattr(registry, kind, {})
        first, second = type("First", (), {}), type("Second", (), {})
        for _ in range(2):  # as a notebook's cell that is run again
            register(first, name="mine")
        with pytest.raises(UsageError, match=r"name is 'mine', and .*First is a .* of that name"):
            register(second, name="mine")


def test_a_model_without_a_configuration_says_which_file_to_write(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "CONFIGS", tmp_path)
    with pytest.raises(UsageError, match=r"'dcgan' has no configuration; write .*dcgan\.yaml"):
        registry.config_of("dcgan")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("model:\n  class_path: ganaug.models.dcgan.DCGAN\n", r"ganaug\.models\.dcgan\.DCGAN"),
        ("model:\n  init_args: {width: 8}\n", "no class_path"),
        ("model: mine\n", "no class_path"),
        ("", "no class_path"),
    ],
)
def test_a_configuration_of_another_model_is_refused(tmp_path, monkeypatch, text, found):
    config = tmp_path / "mine.yaml"
    config.write_text(text, encoding="utf-8")
    monkeypatch.setattr(registry, "_models", {})
    mine = register_model(type("Mine", (), {}), config=config)
    wanted = f"{mine.__module__}.Mine"
    with pytest.raises(UsageError, match=rf"mine\.yaml, has {found} under model; write .*{wanted}"):
        registry.config_of("mine")
    assert registry.config_of("dcgan") in registry.configurations()
    assert config in registry.configurations(), "the fit of another model goes on"
    config.write_text(f"model:\n  class_path: {wanted}\n", encoding="utf-8")
    assert registry.config_of("mine") == config
