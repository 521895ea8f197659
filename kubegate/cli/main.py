"""The `kubegate` command: a table of sub-commands, each imported only when it runs (start-up time)."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from typing import Any, NoReturn

import click

from kubegate import __version__
from kubegate.cli.exit_codes import Exit
from kubegate.cli.terminal import harmless_output
from kubegate.errors import ConfigurationError, InvalidInput, KubegateError

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module under kubegate.cli with a `command` in it, one line of help)
    "authenticate": ("authenticate", "Say whose a certificate or token is, or why it is refused."),
    "can-i": ("can_i", "May somebody do something? (kubectl's question, from manifests)"),
    "explain": ("explain", "Why something is allowed or not, and what would have to change."),
    "who-can": ("who_can", "Everybody who may do something, and through what."),
    "matrix": ("matrix", "Who may do what with which resources, at a glance."),
    "admit": ("admit", "What admission would say of objects, and make of them."),
    "authorize": ("authorize", "Answer SubjectAccessReviews, one JSON object a line."),
    "serve": ("serve", "Serve the Kubernetes API."),
    "webhook": ("webhook", "Answer a kube-apiserver's webhook requests by the policies given."),
    "diff": ("diff", "Compare two policy sets: who gained and lost what, exactly."),
    "test": ("test", "Run policy test suites (*.kubegate.yaml)."),
    "replay": ("replay", "Ask candidate policies about the requests of audit logs."),
    "learn": ("learn", "Make the least privilege roles that audit logs needed."),
    "lint": ("lint", "Judge roles and bindings: without effect, dangling, risky."),
    "escalate": ("escalate", "Who can make himself master of the cluster, step by step."),
    "snapshot": ("snapshot", "A redacted dump of a live cluster's policy, for the dry run."),
    "demo": ("demo", "Show a request's whole way once."),
    "select": ("select", "Parse, canonicalise and apply a label or field selector."),
}


class _Lazy(click.Group):
    """Lists commands from the table and imports a module when its command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"kubegate.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise click.UsageError(f"unknown command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kubegate")
def cli() -> None:
    """Kubernetes' request gate: who asks, may they, should it, and in what shape."""


def _fail(message: str, hint: str, code: Exit) -> NoReturn:
    click.echo(f"error: {message}", err=True)
    if hint:
        click.echo(f"hint: {hint}", err=True)
    sys.exit(code)


def main(args: list[str] | None = None) -> NoReturn:
    """Run a command line; never shows a traceback to a user. Exit codes: `Exit`."""
    with harmless_output():
        _run(args)


def _run(args: list[str] | None) -> NoReturn:
    try:
        result: Any = cli.main(args=args, prog_name="kubegate", standalone_mode=False)
        sys.exit(int(result) if isinstance(result, int) else Exit.OK)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        _fail("interrupted", "", Exit.FAILED)
    except click.ClickException as error:
        error.show()
        sys.exit(Exit.INVALID)
    except (InvalidInput, ConfigurationError) as error:
        _fail(str(error), error.hint, Exit.INVALID)
    except KubegateError as error:
        _fail(str(error), error.hint, Exit.FAILED)
    except BrokenPipeError:
        # `kubegate ... | head`: the reader went away, which is no error of ours.
        sys.stderr.close()
        sys.exit(Exit.OK)
    except KeyboardInterrupt:
        _fail("interrupted", "", Exit.FAILED)
    except Exception as error:  # the outermost boundary: a bug is told, not shown as a traceback
        if os.environ.get("KUBEGATE_TRACEBACK"):
            raise
        _fail(
            f"internal error: {type(error).__name__}: {error}",
            "set KUBEGATE_TRACEBACK=1 and report what it shows",
            Exit.FAILED,
        )
