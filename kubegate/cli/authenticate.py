"""`kubegate authenticate`: who a credential is, or the rule that refuses it, without a server."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kubegate.cli.exit_codes import Exit
from kubegate.cli.model_options import Flags, SuggestingCommand, model_options
from kubegate.cli.output import structured, table
from kubegate.config.authn import AuthnOptions
from kubegate.errors import InvalidInput

if TYPE_CHECKING:
    from kubegate.api.names import Object
    from kubegate.authn.describe import Row
    from kubegate.authn.interface import Credentials, Outcome


@click.command("authenticate", cls=SuggestingCommand)
@click.option(
    "--certificate", default="", metavar="FILE", help="The client's certificate (PEM), then what it sends as chain."
)
@click.option("--token", "bearer_token", default="", help="A bearer token; - reads it from standard input.")
@click.option("--token-from", default="", metavar="FILE", help="A file that holds a bearer token.")
@click.option("--header", "headers", multiple=True, metavar="NAME: VALUE", help="A header of the request (repeatable).")
@click.option("--path", default="/", show_default=True, help="The request's path: anonymous access may depend on it.")
@click.option("--audience", "audiences", multiple=True, help="What the token must be for (default: the API server).")
@click.option("--at", default="", metavar="TIME", help="Decide as if it were this time (RFC 3339).")
@click.option("-f", "--filename", multiple=True, metavar="PATH", help="Service accounts, secrets, pods, nodes (repeatable).")
@click.option("-o", "--output", type=click.Choice(["table", "json", "yaml"]), default="table", show_default=True)
@model_options(AuthnOptions)
def command(config_file: str, **given: Any) -> int:
    """Who is this? Prints the identity (exit status 0), or why the credential is refused (2).

    \b
    kubegate authenticate --certificate alice.crt --client-ca-file ca.crt
    kubegate authenticate --token-from token --authentication-config authn.yaml --at 2030-01-01T00:00:00Z
    kubegate authenticate --token - --service-account-key-file sa.pub -f accounts/ < token
    kubegate authenticate --header 'Authorization: Bearer s3cret' --token-auth-file tokens.csv
    """
    # Here, so that `--help` does not load cryptography.
    from kubegate.compose.authn import build_authn

    asked = _Asked.take(given)
    options = Flags((AuthnOptions,), "AuthenticateConfiguration", config_file, given).of(AuthnOptions)
    parts = build_authn(options, objects=asked.objects(), now=lambda: asked.now)
    outcome = parts.authenticator.authenticate(asked.credentials())
    return _print(asked, outcome)


@dataclass(frozen=True)
class _Asked:
    certificate: str
    token: str
    headers: tuple[str, ...]
    path: str
    audiences: tuple[str, ...]
    now: float
    filenames: tuple[str, ...]
    output: str

    @classmethod
    def take(cls, given: dict[str, Any]) -> _Asked:
        """Our own arguments, out of all that click gives."""
        token, file = given.pop("bearer_token"), given.pop("token_from")
        if token and file:
            raise click.UsageError("give --token or --token-from, not both")
        if token == "-" or file:
            token = (sys.stdin.read() if token == "-" else _read(file).decode("utf-8", "surrogateescape")).strip()
        return cls(
            given.pop("certificate"),
            token,
            tuple(given.pop("headers")),
            given.pop("path"),
            tuple(given.pop("audiences")),
            _time(given.pop("at")),
            tuple(given.pop("filename")),
            given.pop("output"),
        )

    def chain(self) -> tuple[bytes, ...]:
        """The client's certificates in DER."""
        from kubegate.authn.pem import certificates

        return tuple(certificate.der for certificate in certificates(_read(self.certificate))) if self.certificate else ()

    def credentials(self) -> Credentials:
        """What the request would bring along."""
        from kubegate.authn.interface import Credentials

        headers: dict[str, list[str]] = {}
        if self.token:
            headers["authorization"] = [f"Bearer {_wire(self.token)}"]
        for line in self.headers:
            name, colon, value = line.partition(":")
            if not colon:
                raise InvalidInput(f"--header: {line.partition(' ')[0]}: write NAME: VALUE")
            headers.setdefault(name.strip().lower(), []).append(_wire(value.strip()))
        return Credentials(headers, self.chain(), self.path, self.audiences or None)

    def objects(self) -> _Objects:
        """The objects of the manifests."""
        from kubegate.bundle.load import load

        return _Objects(list(load(self.filenames).state) if self.filenames else [])

    def described(self) -> list[Row]:
        """What the credential says about itself."""
        from kubegate.authn.describe import describe_certificates, describe_token

        bearer = self.credentials().header("authorization").partition(" ")[2]
        return describe_certificates(self.chain(), self.now) + describe_token(bearer, self.now)


class _Objects:
    """Manifests as authenticators look them up."""

    def __init__(self, objects: Sequence[Object]) -> None:
        self._known = {
            (obj["kind"].lower() + "s", (obj.get("metadata") or {}).get("namespace") or "", obj["metadata"]["name"]): obj
            for obj in objects
        }

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        """See `authn.interface.ObjectReader`."""
        return self._known.get((resource, namespace, name))


def _wire(text: str) -> str:
    """A header's value as it arrives: bytes shown as latin-1."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InvalidInput(f"{file}: {(error.strerror or 'unreadable').lower()}") from error


def _time(text: str) -> float:
    if not text:
        return time.time()
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"--at: {text} is not a time (2030-01-01T00:00:00Z)") from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _print(asked: _Asked, outcome: Outcome) -> int:
    from kubegate.authn.interface import Authenticated, Refused

    report: dict[str, Any] = {"authenticated": isinstance(outcome, Authenticated)}
    if isinstance(outcome, Authenticated):
        report |= {"user": outcome.user.to_info(), "audiences": list(outcome.audiences)}
    else:
        # kube-apiserver puts "invalid bearer token" before the cause: the cause is what is wanted here.
        reasons = [] if not isinstance(outcome, Refused) else list(outcome.reasons or (outcome.reason,))
        causes = [reason for reason in reasons if reason != "invalid bearer token"] or reasons
        report["reasons"] = causes or ["no credential was presented, and anonymous requests are not taken"]
    report |= {"warnings": list(outcome.warnings)} if outcome.warnings else {}
    report["credential"] = {row.name: row.value for row in asked.described()}
    click.echo(structured(report, asked.output) if asked.output != "table" else _table(report))
    return Exit.OK if isinstance(outcome, Authenticated) else Exit.NO


def _table(report: dict[str, Any]) -> str:
    rows: list[tuple[str, str]] = []
    if report["authenticated"]:
        user = report["user"]
        rows.append(("authenticated", "yes"))
        rows += [(key, str(user.get(key, ""))) for key in ("username", "uid") if user.get(key)]
        rows += [("group", group) for group in user.get("groups", [])]
        rows += [(f"extra {key}", ", ".join(values)) for key, values in user.get("extra", {}).items()]
        rows += [("audience", audience) for audience in report["audiences"]]
    else:
        rows.append(("authenticated", "no"))
        rows += [("reason", reason) for reason in report["reasons"]]
    rows += [("warning", text) for text in report.get("warnings", [])]
    rows += list(report["credential"].items())
    return table(("WHAT", "VALUE"), rows)
