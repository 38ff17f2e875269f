"""What a fit refuses before it begins: data for other models, a folder that another fit took."""

from types import SimpleNamespace

import pytest

from ganaug.cli.beginnings import refuse_unfit_data
from ganaug.cli.run_files import claim
from ganaug.errors import UsageError
from ganaug.models.dagan import DAGAN
from ganaug.models.gan import GAN


def data(kind):
    return SimpleNamespace(num_unlabelled=0, batch_kind=kind)


def test_pairs_are_for_the_model_that_learns_from_them():
    pairs, plain = DAGAN(num_classes=2, width=4), GAN(num_classes=2)
    refuse_unfit_data(pairs, data("paired"))
    refuse_unfit_data(plain, data("plain"))
    with pytest.raises(UsageError, match=r"DAGAN needs batches of pairs .* add --data.paired true"):
        refuse_unfit_data(pairs, data("plain"))
    with pytest.raises(UsageError, match="from which GAN does not learn: leave it out, or take"):
        refuse_unfit_data(plain, data("paired"))


def test_of_two_fits_that_choose_a_folder_one_has_it(tmp_path):
    settings = tmp_path / "version_0" / "config.yaml"
    claim(settings)
    with pytest.raises(UsageError, match=r"another fit took .*version_0 in the same moment"):
        claim(settings)
