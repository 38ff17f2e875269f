"""`ganaug publish`: a synthetic set as a data set on the Hugging Face hub."""

from ganaug.cli.command import Command

COMMAND = Command(
    "ganaug.synthesis.publish:publish",
    examples="""\
  hf auth login
  python tools/publish.py --synthetic expanded --repo-id me/synthetic-digits --license cc-by-4.0""",
    flags={"dataset": "synthetic"},
)


def main(arguments: list[str]) -> None:
    """Publish the set, and print its address and how to load it."""
    settings = COMMAND.parse(arguments)
    with COMMAND.naming_options():
        url = COMMAND.function(**settings)
    print(f"published  {url}")
    print(f"""load it    datasets.load_dataset("{settings["repo_id"]}")""")
