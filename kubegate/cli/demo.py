"""`kubegate demo`: a request's whole way, once."""

from __future__ import annotations

from pathlib import Path

import click

from kubegate.cli.exit_codes import Exit
from kubegate.errors import InvalidInput


@click.command(name="demo")
@click.option("--policies", default="policies", show_default=True, metavar="DIR", help="The folder of example policies.")
def command(policies: str) -> int:
    """Run the whole way of a request once, on a server of its own, and tell it stage by stage.

    Exit status 0 if everything came out as told, 1 otherwise.
    """
    # Here, because a server is made only when this runs.
    from kubegate.compose.demo.story import run

    folder = Path(policies)
    if not (folder / "examples").is_dir():
        raise InvalidInput(
            f"{folder}: no folder of example policies", hint="run it where the repository is, or name --policies"
        )
    return Exit.FAILED if run(folder, click.echo) else Exit.OK
