"""`ganaug explore WHAT`: pictures of what a fitted model has learned."""

from ganaug.cli.command import Command

COMMAND = Command(
    "ganaug.reporting.latent_space.explore:explore",
    examples="""\
  python tools/explore.py walk --ckpt runs/dcgan/version_0 --out walk.png
  python tools/explore.py arithmetic --ckpt RUN --out sum.png --a 3,17 --b 5 --c 12 --class rose
  python tools/explore.py inpaint --ckpt RUN --out holes.png --image photo.jpg --hole left""",
    flags={"model": "ckpt", "class_name": "class"},
    positional=("what",),
)


def main(arguments: list[str]) -> None:
    """Draw the picture, and print its path."""
    settings = COMMAND.parse(arguments)
    with COMMAND.naming_options():
        files = COMMAND.function(**settings)
    for file in files:
        print(f"wrote {file}")
