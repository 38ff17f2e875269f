"""Settings in messages are shown as options of the command line."""

import pytest

from ganaug.cli.options import with_options


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("data.root is missing", "--data.root is missing"),
        ("use model.beta1, model.beta2", "use --model.beta1, --model.beta2"),
        ("Set data.labels. Then", "Set --data.labels. Then"),
        ("or leave out trainer.max_time.", "or leave out --trainer.max_time."),
        ("as --data.root and `data.root`", "as --data.root and `data.root`"),
        ("runs/model.pt and data.tar.gz", "runs/model.pt and data.tar.gz"),
        ("import it first (`plugins`)", "import it first (--plugins)"),
    ],
)
def test_settings_become_options(text, shown):
    assert with_options(text) == shown
