"""The smallest line of an ABAC file that would allow a request."""

from __future__ import annotations

import json

from kubegate.authz.abac.authorizer import READ_ONLY_VERBS
from kubegate.authz.abac.policy import Policy, to_object
from kubegate.authz.abac.shortfalls import GROUP, USER, named
from kubegate.authz.interface import Attributes


def smallest_line(attributes: Attributes) -> Policy | None:
    """The line that allows the request to the user alone, and the least besides; None if no line can name the user alone."""
    subject = named(attributes.user)
    if subject is None:
        return None
    readonly = attributes.verb in READ_ONLY_VERBS
    if not attributes.is_resource:
        return Policy(subject[USER], subject[GROUP], non_resource_path=attributes.path, readonly=readonly)
    return Policy(
        subject[USER],
        subject[GROUP],
        namespace=attributes.namespace,
        resource=attributes.resource,
        api_group=attributes.group,
        readonly=readonly,
    )


def line_text(policy: Policy) -> str:
    """The line as it stands in a file."""
    return json.dumps(to_object(policy))


def allowed_besides(policy: Policy) -> str:
    """What `smallest_line` allows besides what was asked: lines know neither single verbs nor names nor subresources."""
    verbs = "get, list and watch" if policy.readonly else "every verb"
    if policy.non_resource_path:
        return f"a line knows no single verbs: this one allows {verbs}"
    return f"a line knows no single verbs, names or subresources: this one allows {verbs} on all {policy.resource}" + (
        f" in namespace {policy.namespace}" if policy.namespace else ""
    )
