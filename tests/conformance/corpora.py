"""The recorded corpora and how each is run: one row a checker call.

``KUBEGATE_CONFORMANCE`` names the folder; without it, ``../shared/conformance`` beside the checkout is used.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
KUBEGATE = BIN / "kubegate"
SERVE = f"{KUBEGATE} serve --storage memory --data-dir {{dir}} --no-scheduler"


@dataclass(frozen=True)
class Corpus:
    """One call of one checker; ``options`` are its arguments after ``--corpus``. ``quick``: run by every `make test`."""

    name: str
    checker: str
    folder: str
    options: tuple[str, ...]
    quick: bool = False


def folder() -> Path:
    """Where the recordings are (the folder may be missing)."""
    return Path(os.environ.get("KUBEGATE_CONFORMANCE") or ROOT.parent / "shared" / "conformance")


def recordings(corpus: str) -> Path:
    """The folder of one corpus: of the whole set if it is here, else of the committed selection (which may lack it)."""
    whole = folder() / corpus
    return whole if whole.is_dir() else Path(__file__).parent / "recordings" / corpus


def kubectls() -> list[str]:
    """The kubectl binaries at hand: the one fetched for the tests, and the machine's."""
    candidates = (BIN / "kubectl", shutil.which("kubectl", path="/usr/local/bin:/usr/bin"))
    return [str(path) for path in candidates if path and Path(path).exists()]


def corpora() -> list[Corpus]:
    """All checker calls, quick ones first."""
    data = folder()
    clients = tuple(word for path in kubectls() for word in ("--kubectl", path))
    rows = [
        Corpus("authz-cli", "check_authz", "authz", ("--via", "cli", "--command", str(KUBEGATE))),
        Corpus(
            "selectors",
            "check_selectors",
            "selectors",
            ("--launch", f"{SERVE} --controllers '' {{flags}}", "--only", "label,field,labelselector", "--settle", "0"),
            quick=True,
        ),
        Corpus("api", "check_api", "api", ("--launch", f"{SERVE} --controllers '' {{flags}}", "--settle", "0"), quick=True),
        Corpus(
            "scheduler",
            "check_scheduler",
            "scheduler",
            (
                "--launch",
                f"{KUBEGATE} serve --storage memory --data-dir {{dir}} --scheduler --controllers '' {{flags}}",
                "--settle",
                "0",
            ),
        ),
        Corpus(
            "selectors-cli",
            "check_selectors",
            "selectors",
            ("--launch", f"{SERVE} {{flags}}", "--command", str(KUBEGATE), "--only", "cli", "--settle", "0"),
        ),
        Corpus("authn", "check_authn", "authn", ("--launch", f"{SERVE} --controllers '' {{flags}}", "--settle", "0")),
        Corpus(
            "admission",
            "check_admission",
            "admission",
            ("--podsecurity", str(data / "podsecurity"), "--launch", f"{SERVE} {{flags}}", "--settle", "0"),
        ),
        Corpus(
            "authz-http",
            "check_authz",
            "authz",
            (
                "--via",
                "http",
                "--launch",
                f"{SERVE} --controllers clusterrole-aggregation-controller {{flags}}",
                "--settle",
                "0",
            ),
        ),
    ]
    if clients:
        launch = f"{SERVE} --controllers '*,-node-lifecycle-controller,-node-ipam-controller' {{flags}}"
        rows.append(Corpus("kubectl", "check_kubectl", "kubectl", (*clients, "--launch", launch)))
    return rows
