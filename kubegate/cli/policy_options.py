"""The options that the dry-run commands share: which manifests, which authorizers, as whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from kubegate.api.user import User, completed
from kubegate.cli.terminal import progress
from kubegate.compose.dry_run import DryRunOptions, Engine, build_engine
from kubegate.errors import InvalidInput

Command = TypeVar("Command", bound=Callable[..., Any])

_SHOWN = 10
"""Doubts that are told one by one."""

_POLICY = (
    click.option(
        "-f", "--filename", "filenames", multiple=True, metavar="PATH", help="Manifests: file, directory or - (repeatable)."
    ),
    click.option(
        "--authorization-mode",
        default="",
        metavar="LIST",
        help="Authorizers in order [default: Node,RBAC, after AccessPolicy where there are such policies].",
    ),
    click.option("--authorization-policy-file", default="", metavar="FILE", help="ABAC policies, one JSON object a line."),
    click.option(
        "--access-policy-file",
        "access_policy_files",
        multiple=True,
        metavar="LIST",
        help="AccessPolicies besides those among the manifests: files or directories (repeatable).",
    ),
    click.option("--authorization-config", default="", metavar="FILE", help="AuthorizationConfiguration file."),
    click.option(
        "--authorization-webhook-config-file", default="", metavar="FILE", help="Kubeconfig of the authorization webhook."
    ),
    click.option(
        "--bootstrap-policy/--no-bootstrap-policy", default=True, help="Add the default roles of a cluster [default: yes]."
    ),
    click.option(
        "--keep-going", is_flag=True, help="Leave out what cannot be read; the answer says so (exit 4 if it could matter)."
    ),
)
_IDENTITY = (
    click.option(
        "--as",
        "as_user",
        default="",
        metavar="USER",
        help="Whose access; system:serviceaccount:NS:NAME for a service account.",
    ),
    click.option("--as-group", "as_groups", multiple=True, metavar="GROUP", help="A group of that user (repeatable)."),
    click.option("--as-uid", default="", metavar="UID", help="The user's uid."),
    click.option("--as-user-extra", multiple=True, metavar="KEY=VALUE", help="An extra attribute of the user (repeatable)."),
)


def policy_options(command: Command) -> Command:
    """Add the options that say which policy is asked."""
    return _with(command, _POLICY)


def identity_options(command: Command) -> Command:
    """Add the options that say who asks."""
    return _with(command, _IDENTITY)


def _with(command: Command, options: Sequence[Callable[[Any], Any]]) -> Command:
    decorated: Any = command
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]  # click's decorators keep the command


@dataclass(frozen=True)
class PolicyArguments:
    """What the options of `policy_options` gave."""

    filenames: tuple[str, ...]
    authorization_mode: str
    authorization_policy_file: str
    access_policy_files: tuple[str, ...]
    authorization_config: str
    authorization_webhook_config_file: str
    bootstrap_policy: bool
    keep_going: bool

    @classmethod
    def take(cls, arguments: dict[str, Any]) -> PolicyArguments:
        """Take them out of a command's keyword arguments."""
        return cls(**{name: arguments.pop(name) for name in cls.__dataclass_fields__})

    def engine(self, *, default_namespace: str = "default", locate: bool = True) -> Engine:
        """Load everything; tells on standard error what was left out."""
        options = DryRunOptions(
            filenames=self.filenames,
            authorization_mode=tuple(mode.strip() for mode in self.authorization_mode.split(",") if mode.strip()),
            authorization_policy_file=self.authorization_policy_file,
            access_policy_file=tuple(path for text in self.access_policy_files for path in text.split(",") if path),
            authorization_config=self.authorization_config,
            authorization_webhook_config_file=self.authorization_webhook_config_file,
            bootstrap_policy=self.bootstrap_policy,
            default_namespace=default_namespace,
            keep_going=self.keep_going,
        )
        engine = build_engine(options, locate=locate, told=tell_reading)
        tell_doubts(engine.problems, engine.notes)
        return engine


def tell_reading(file: str, count: int) -> None:
    """Show on a terminal how far reading is, where it takes long."""
    progress(f"reading {file}: {count:,} objects" if count else "")


def tell_doubts(problems: Iterable[InvalidInput], notes: Iterable[str]) -> None:
    """Say on standard error what was left out of what was read, and what may be a mistake."""
    said = list(notes)
    for note in said[:_SHOWN]:
        click.echo(f"warning: {note}", err=True)
    if len(said) > _SHOWN:
        click.echo(f"warning: and {len(said) - _SHOWN} more of these", err=True)
    for problem in problems:
        click.echo(f"warning: left out: {problem}", err=True)


def take_user(arguments: dict[str, Any]) -> User:
    """The user that the options of `identity_options` describe, completed."""
    return completed(take_named(arguments))


def take_named(arguments: dict[str, Any]) -> User:
    """The user as the options of `identity_options` name him."""
    name = arguments.pop("as_user") or ""
    groups = arguments.pop("as_groups")
    uid = arguments.pop("as_uid")
    extra: dict[str, list[str]] = {}
    for pair in arguments.pop("as_user_extra"):
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise InvalidInput(f"--as-user-extra {pair!r}: KEY=VALUE is expected")
        extra.setdefault(key.lower(), []).append(value)
    if not name and not groups:
        raise InvalidInput("whose access?", hint="name a user: --as USER [--as-group GROUP]")
    return User.of(name, groups, uid=uid, extra=extra)
