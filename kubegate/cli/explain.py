"""`kubegate explain`: why, or why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import click

from kubegate.analysis.explain.decision import Explanation, explain
from kubegate.analysis.explain.granting import Granting, explain_granting
from kubegate.analysis.explain.impersonation import Acting, explain_impersonation
from kubegate.analysis.requests import Vocabulary, parse_question
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.user import User, completed
from kubegate.authz.escalation import BINDINGS, GROUP, ROLES
from kubegate.authz.interface import Attributes
from kubegate.bundle.load import load
from kubegate.cli import explain_text as text
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import structured, warn
from kubegate.cli.policy_options import PolicyArguments, identity_options, policy_options, take_named
from kubegate.compose.dry_run import Engine
from kubegate.errors import InvalidInput


@click.command(name="explain")
@click.argument("verb")
@click.argument("target", metavar="RESOURCE[/SUBRESOURCE]|RESOURCE/NAME|PATH")
@click.argument("name", required=False, default="")
@click.option("--subresource", default="", help="The subresource, such as log or scale.")
@click.option("-n", "--namespace", default="default", show_default=True, help="The namespace that is asked about.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Ask about all namespaces at once.")
@click.option("-l", "--selector", default="", help="A label selector of the request (list, watch, deletecollection).")
@click.option("--field-selector", default="", help="A field selector of the request.")
@click.option("--impersonator", default="", metavar="USER", help="Who sends the request as that user: may he?")
@click.option("--impersonator-group", multiple=True, metavar="GROUP", help="A group of the impersonator (repeatable).")
@click.option("--object", "file", default="", metavar="FILE", help="The role or binding that is written: may it grant that?")
@click.option(
    "-o", "--output", type=click.Choice(["table", "json", "yaml"]), default="table", help="The form of the answer."
)
@identity_options
@policy_options
def command(verb: str, target: str, name: str, **arguments: Any) -> int:
    """Derive a decision: each authorizer's opinion, binding, role and rule with their places; for a denial the nearest
    misses and the smallest changes that would allow it, as manifests and as an ABAC line. With --impersonator also, whether
    somebody may act as that user; with --object also, what escalation prevention says. Exit status 0 allowed, 2 not, 4
    undecided (a webhook could not be asked, or files were left out)."""
    policy, named = PolicyArguments.take(arguments), take_named(arguments)
    requester = User.of(arguments["impersonator"], arguments["impersonator_group"])
    engine = policy.engine()
    vocabulary, everywhere = Vocabulary.of(engine.state), arguments["all_namespaces"]
    question = parse_question(verb, target, name, vocabulary, subresource=arguments["subresource"], everywhere=everywhere)
    for warning in question.warnings:
        warn(warning)
    question = question.with_selectors(arguments["selector"], arguments["field_selector"])
    attributes = question.asked_by(completed(named), "" if everywhere else arguments["namespace"])
    written = _written(arguments["file"], attributes, arguments["namespace"]) if arguments["file"] else None
    story = _story(engine, attributes, named, requester, written)
    if arguments["output"] == "table":
        click.echo("\n".join(_text(story, question.text, named.name)))
    else:
        click.echo(structured(_structure(story), arguments["output"]))
    if story.allowed:
        return Exit.UNDECIDED if engine.may_deny else Exit.OK
    return Exit.UNDECIDED if engine.problems or story.request.undecided else Exit.NO


@dataclass(frozen=True)
class _Story:
    acting: Acting | None
    request: Explanation
    granting: Granting | None

    @property
    def allowed(self) -> bool:
        acts = self.acting is None or self.acting.user is not None
        return acts and self.request.allowed and (self.granting is None or not self.granting.refusal)


def _story(engine: Engine, attributes: Attributes, named: User, requester: User, written: Object | None) -> _Story:
    acting = None
    if requester.name or requester.groups:
        asked = replace(attributes, user=completed(requester))
        acting = explain_impersonation(engine.chain, engine.rbac, named, asked)
        attributes = replace(attributes, user=acting.user or attributes.user)
    granting = None
    if written is not None:
        old = None
        if attributes.verb != "create":
            old = engine.state.get(GROUP, written["kind"], attributes.namespace, name_of(written))
            attributes = replace(attributes, name=name_of(written))
        granting = explain_granting(engine.chain, engine.rbac, attributes, written, old)
    return _Story(acting, explain(engine.chain, engine.rbac, attributes, engine.state), granting)


def _written(file: str, attributes: Attributes, namespace: str) -> Object:
    """The one object of the file; raises `InvalidInput` if it is not what the request writes."""
    objects = list(load([file], default_namespace=namespace).state)
    if len(objects) != 1:
        raise InvalidInput(f"{file}: one object is expected, there are {len(objects)}")
    (obj,) = objects
    resource = f"{obj['kind'].lower()}s"
    if attributes.group != GROUP or resource not in (*ROLES, *BINDINGS) or resource != attributes.resource:
        hint = "--object goes with roles, clusterroles, rolebindings and clusterrolebindings"
        raise InvalidInput(f"{file}: a {obj['kind']} is not what a request for {attributes.resource} writes", hint=hint)
    if namespace_of(obj) != attributes.namespace:
        hint = f"--namespace {namespace_of(obj)}" if namespace_of(obj) else ""
        raise InvalidInput(f"{file}: its namespace is not that of the request", hint=hint)
    return obj


def _text(story: _Story, request: str, name: str) -> Iterator[str]:
    if story.acting is not None:
        yield from text.of_impersonation(story.acting, name)
        yield ""
    yield from text.of_request(story.request, request)
    if story.granting is not None:
        yield ""
        yield from text.of_granting(story.granting, story.request.attributes.user.name)


def _structure(story: _Story) -> dict[str, Any]:
    found = story.request.to_object() | {"allowed": story.allowed}
    if story.acting is not None:
        found["impersonation"] = story.acting.to_object()
    return found | ({"escalation": story.granting.to_object()} if story.granting is not None else {})
