"""AccessPolicies that come and go one by one, beside those of files."""

from __future__ import annotations

import pytest

from kubegate.api.user import User
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access.definition import definition
from kubegate.authz.access.index import RESOURCE, AccessPolicyIndex
from kubegate.authz.access.model import AccessPolicySpec
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Attributes, Decision
from kubegate.errors import InvalidInput

PODS = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}


def policy(name="p", effect="Allow", *, who="alice", **spec):
    spec = {"effect": effect, "subjects": [{"kind": "User", "name": who}], "rules": [PODS], **spec}
    return {"apiVersion": "policy.kubegate.dev/v1alpha1", "kind": "AccessPolicy", "metadata": {"name": name}, "spec": spec}


def engine(*of_files):
    index = AccessPolicyIndex(compile_condition)
    return AccessPolicyAuthorizer(of_files, compile_condition, index=index), index


def decision(authorizer, who="alice"):
    return authorizer.authorize(Attributes(User(who), "get", resource="pods", namespace="n")).decision


def test_a_policy_counts_from_when_it_comes_until_it_goes():
    authorizer, index = engine()
    index.upsert(policy())
    assert decision(authorizer) is Decision.ALLOW
    index.upsert(policy(who="bob"))
    assert decision(authorizer) is Decision.NO_OPINION
    assert decision(authorizer, "bob") is Decision.ALLOW
    index.remove("AccessPolicy", "", "p")
    index.remove("AccessPolicy", "", "never")
    assert decision(authorizer, "bob") is Decision.NO_OPINION
    assert authorizer.policies == ()


def test_a_deny_of_the_api_wins_over_an_allow_of_files():
    authorizer, index = engine(policy())
    index.upsert(policy("q", "Deny"))
    assert decision(authorizer) is Decision.DENY


def test_break_glass_of_the_api_does_not_lift_what_files_deny():
    everybody = {"subjects": [{"kind": "Group", "name": "*"}]}
    authorizer, index = engine(policy("files", "Deny", **everybody))
    index.upsert(policy("glass", breakGlass=True))
    asked = Attributes(User("alice", groups=("g",)), "get", resource="pods", namespace="n")
    assert authorizer.authorize(asked).decision is Decision.DENY
    authorizer, index = engine(policy("glass", breakGlass=True))
    index.upsert(policy("api", "Deny", **everybody))
    assert authorizer.authorize(asked).decision is Decision.ALLOW


def test_what_cannot_be_read_keeps_its_last_good_version():
    authorizer, index = engine()
    index.upsert(policy(effect="Deny"))
    index.upsert(policy(effect="Nonsense"))
    assert decision(authorizer) is Decision.DENY
    assert decision(authorizer, "bob") is Decision.NO_OPINION


def test_without_a_good_version_everything_is_denied_but_to_break_glass():
    authorizer, index = engine(policy("glass", who="root", breakGlass=True))
    index.upsert(policy(effect="Nonsense"))
    assert decision(authorizer, "bob") is Decision.DENY
    assert "cannot be read" in authorizer.authorize(Attributes(User("bob"), "get", resource="pods")).reason
    assert decision(authorizer, "root") is Decision.ALLOW
    index.remove("AccessPolicy", "", "p")
    assert decision(authorizer, "bob") is Decision.NO_OPINION


def test_what_is_written_is_checked_beside_all_others():
    authorizer, index = engine(policy("glass", who="root", breakGlass=True))
    index.upsert(policy("q", "Deny", who="bob"))
    authorizer.check(policy("q", breakGlass=True, who="bob"))  # it takes the place of the Deny
    for wrong, complaint in (
        (policy("x", "Deny", who="root"), "names as break-glass"),
        (policy("x", breakGlass=True, who="bob"), "denies User 'bob'"),
        (policy("x", when=["1 +"]), "Syntax error"),
        (policy("x", surplus=1), "spec.surplus"),
    ):
        with pytest.raises(InvalidInput, match=complaint):
            authorizer.check(wrong)


def test_the_definition_has_every_field_of_the_model():
    made = definition()
    assert made["metadata"]["name"] == RESOURCE
    spec = made["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    for fields, model in ((spec, AccessPolicySpec),):
        assert set(fields["properties"]) == set(model.model_fields)
    for name in ("subjects", "rules"):
        item = AccessPolicySpec.model_fields[name].annotation.__args__[0]
        assert set(spec["properties"][name]["items"]["properties"]) == set(item.model_fields)
