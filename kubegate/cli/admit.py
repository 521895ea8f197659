"""`kubegate admit`: what admission would say of objects, and make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kubegate.api.names import name_of
from kubegate.api.user import MASTERS, User
from kubegate.cli.admit_output import FORMS, show
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import warn
from kubegate.cli.policy_options import PolicyArguments, identity_options, policy_options, take_user, tell_doubts
from kubegate.errors import InvalidInput

if TYPE_CHECKING:
    from kubegate.analysis.admission.gate import Gate
    from kubegate.analysis.admission.judgement import Judgement
    from kubegate.bundle.state import ClusterState

_REGISTRATION = "admissionregistration.k8s.io"
_WEBHOOKS = {
    "MutatingWebhookConfiguration": "MutatingAdmissionWebhook",
    "ValidatingWebhookConfiguration": "ValidatingAdmissionWebhook",
}
"""Kinds, and the plugins that ask them."""


@click.command(name="admit")
@click.argument("objects", nargs=-1, required=True, metavar="OBJECT...")
@click.option("-n", "--namespace", default="default", show_default=True, help="Namespace of objects that name none.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(FORMS),
    default="table",
    help="table: verdicts; wide: also what each plugin changed; yaml: the admitted objects; json: everything.",
)
@click.option("--enable-admission-plugins", default="", metavar="LIST", help="Plugins to enable besides the default ones.")
@click.option("--disable-admission-plugins", default="", metavar="LIST", help="Plugins to disable.")
@click.option("--admission-control-config-file", default="", metavar="FILE", help="AdmissionConfiguration file.")
@click.option("--feature-gates", default="", metavar="LIST", help="NAME=true|false pairs.")
@click.option(
    "--validate",
    type=click.Choice(["strict", "warn", "ignore"]),
    default="strict",
    help="What to do about unknown fields [default: strict, as kubectl].",
)
@click.option("--pods/--no-pods", default=True, help="Also judge the pods that workloads would make [default: yes].")
@click.option(
    "--webhooks/--no-webhooks",
    default=None,
    help="Ask the webhooks that the manifests configure. By default nothing is sent anywhere, and where there are webhooks, "
    "what everything else admits is undecided (exit 4).",
)
@click.option("--strict-namespaces", is_flag=True, help="Namespaces that no manifest declares do not exist.")
@identity_options
@policy_options
def command(objects: tuple[str, ...], **arguments: Any) -> int:
    """Send objects through admission, without a server: defaulting, mutation, validation, policies.

    OBJECT is a file, a directory or - (any kinds, several documents, Lists). The state of the cluster comes from the
    manifests of -f. Without --as the administrator asks. Exit status 0 all admitted, 2 something refused, 4 undecided.
    """
    # Here, because they load the kinds of the whole API.
    from kubegate.bundle.load import load
    from kubegate.compose.admit import AdmitOptions, build_gate
    from kubegate.config.admission import AdmissionOptions

    namespace, form = arguments["namespace"], arguments["output"]
    policy, user = PolicyArguments.take(arguments), _user(arguments)
    engine = policy.engine(default_namespace=namespace)
    loaded = load(objects, default_namespace=namespace, keep_going=policy.keep_going)
    tell_doubts(loaded.problems, loaded.notes)
    subjects = loaded.state
    options = AdmitOptions(
        AdmissionOptions(
            enable_admission_plugins=_names(arguments["enable_admission_plugins"]),
            disable_admission_plugins=_disabled(arguments),
            admission_control_config_file=arguments["admission_control_config_file"],
        ),
        _pairs(arguments["feature_gates"]),
        arguments["validate"].capitalize(),
        arguments["strict_namespaces"],
        trace=form in ("wide", "json"),
    )
    if not len(subjects):
        raise InvalidInput("no objects to judge")
    gate = build_gate(options, engine, subjects)
    judgements, unknown = _judge(gate, subjects, user, with_pods=arguments["pods"])
    if unknown and not policy.keep_going:
        raise unknown[0]
    tell_doubts(unknown, ())
    show(judgements, form)
    if not all(judgement.admitted for judgement in judgements):
        return Exit.NO
    unasked = [] if arguments["webhooks"] is not None else engine.state.of_kind(_REGISTRATION, *_WEBHOOKS)
    if unasked:
        names = ", ".join(f"{obj['kind']} {name_of(obj)}" for obj in unasked)
        warn(f"not asked: {names}; --webhooks asks them, --no-webhooks says that they do not matter")
    return Exit.UNDECIDED if unasked or unknown or loaded.problems or engine.problems else Exit.OK


def _judge(gate: Gate, subjects: ClusterState, user: User, *, with_pods: bool) -> tuple[list[Judgement], list[InvalidInput]]:
    """The judgements, and what cannot be judged: objects of kinds that the API has not."""
    judgements, unknown = [], []
    for subject in subjects:
        try:
            found = gate.judge(subject, user, with_pods=with_pods)
        except InvalidInput as error:
            place = error.location or subjects.locate(subject)
            unknown.append(InvalidInput(error.message, location=place, hint=error.hint))
            continue
        found.location = found.location or subjects.locate(subject)
        judgements.append(found)
    return judgements, unknown


def _disabled(arguments: dict[str, Any]) -> list[str]:
    names = _names(arguments["disable_admission_plugins"])
    if arguments["webhooks"]:
        return names
    enabled = _names(arguments["enable_admission_plugins"])
    return [*names, *(plugin for plugin in _WEBHOOKS.values() if plugin not in (*names, *enabled))]


def _user(arguments: dict[str, Any]) -> User:
    if arguments["as_user"] or arguments["as_groups"]:
        return take_user(arguments)
    for name in ("as_user", "as_groups", "as_uid", "as_user_extra"):
        arguments.pop(name)
    return User.of("kubernetes-admin", [MASTERS])


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _pairs(text: str) -> dict[str, str]:
    pairs = {}
    for part in _names(text):
        name, equals, value = part.partition("=")
        if not equals or value.lower() not in ("true", "false"):
            raise InvalidInput(f"--feature-gates {part!r}: NAME=true or NAME=false is expected")
        pairs[name] = value
    return pairs
