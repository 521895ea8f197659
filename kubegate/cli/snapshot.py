"""`kubegate snapshot`: a redacted dump of a live cluster, to be asked without it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kubegate.analysis.snapshot import LONGEST, take
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import structured, to_yaml
from kubegate.cli.terminal import progress
from kubegate.outbound.client import Client
from kubegate.outbound.kubeconfig import load_kubeconfig

_TIMEOUT = 30.0


@click.command(name="snapshot")
@click.option("--kubeconfig", default="", metavar="FILE", help="The cluster [default: $KUBECONFIG, ~/.kube/config].")
@click.option("-o", "--output", type=click.Choice(["yaml", "json"]), default="yaml", help="The form of the dump.")
@click.option("--to", default="-", metavar="FILE", help="Where to write it [default: standard output].")
def command(kubeconfig: str, output: str, to: str) -> int:
    """Dump the policy of a live cluster: roles, bindings, namespaces, admission policies, and what Node authorization needs.

    Secrets and config maps are not read; environment variables and commands of pods, annotations of tools and settings of
    volumes' drivers are taken out. Exit status 4 if some kinds cannot be read; they are named, the dump holds the others.
    """
    path = kubeconfig or os.environ.get("KUBECONFIG", "").partition(":")[0] or str(Path.home() / ".kube" / "config")
    client = Client(load_kubeconfig(path), timeout=_TIMEOUT)
    try:
        snapshot = take(
            lambda path: client.get(path, longest=LONGEST), told=lambda kind, count: progress(f"reading: {kind} {count:,}")
        )
    finally:
        progress("")
    document = {"apiVersion": "v1", "kind": "List", "metadata": {}, "items": snapshot.objects}
    text = to_yaml(snapshot.objects) if output == "yaml" else structured(document, "json")
    if to == "-":
        click.echo(text)
    else:
        Path(to).write_text(text + "\n")
    for kind, reason in snapshot.missing.items():
        click.echo(f"warning: left out: {kind}: {reason}", err=True)
    click.echo(f"{len(snapshot.objects)} objects", err=True)
    return Exit.UNDECIDED if snapshot.missing else Exit.OK
