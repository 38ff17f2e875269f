"""A run's curves are read from the TensorBoard files of all its parts."""

from torch.utils.tensorboard import SummaryWriter

from ganaug.reporting.curves import read_curves
from ganaug.utils.tensorboard import read_points


def write(folder, part, points, **settings):
    with SummaryWriter(folder / "part", **settings) as writer:
        for tag, step, value in points:
            writer.add_scalar(tag, value, step)
    (file,) = (folder / "part").iterdir()
    file.rename(folder / f"events.out.tfevents.{part}")


def test_a_resumed_part_replaces_the_end_and_drops_curves_that_were_only_there(tmp_path):
    write(tmp_path, 1, [("loss", 1, 4.0), ("loss", 9, 3.0), ("kid", 9, 0.5)])
    write(tmp_path, 2, [("loss", 6, 2.0)], purge_step=5)
    assert [point[:2] for point in read_points(tmp_path)["loss"]] == [(1, 4), (6, 2)]
    assert list(read_curves(tmp_path)) == ["loss"]
