"""What the files and folders of a run are called."""

from ganaug.models import registry
from ganaug.training.run_files import folder_of, logger_for


def test_runs_are_called_by_the_name_of_their_model(tmp_path, monkeypatch):
    class Mine:
        """A model in a module of another name."""

    monkeypatch.setattr(registry, "_models", {})
    registry.register_model(Mine, name="my model")
    path = f"{Mine.__module__}.{Mine.__qualname__}"
    assert folder_of(path) == "my_model"
    assert logger_for(path, None, tmp_path).log_dir == str(tmp_path / "my_model" / "version_0")
    assert folder_of("mine.networks.Tiny") == "tiny"
    for name, known in registry.models().items():
        assert folder_of(known) == name.replace(" ", "_")
