"""The recorded authorization cases, judged in process: policy -> engine -> answer.

Webhook scenarios, 403 messages and impersonation need a server and are judged by the checker.
"""

from __future__ import annotations

import json
import re

import pytest
import yaml

from kubegate.api.names import name_of
from kubegate.api.status import StatusError
from kubegate.api.user import User
from kubegate.authz import escalation, reviews
from kubegate.authz.interface import Attributes
from kubegate.compose.dry_run import DryRunOptions, build_engine
from tests.conformance.corpora import recordings

ROOT = recordings("authz")
REVIEWS = ("rbac-", "abac-", "node-", "union-", "sar-")
SELF = ("self-", "local-access")
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
TIME = re.compile(r'"time":"[^"]+"')
PARSER = re.compile(r"json: |json parse error|cannot unmarshal")

pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason=f"no recordings at {ROOT}")


def scenarios(*prefixes):
    names = sorted(path.name for path in ROOT.iterdir()) if ROOT.is_dir() else []
    return [
        name
        for name in names
        if name.startswith(prefixes) and not name.endswith(("-malformed", "-aggregation"))
        and name != "rbac-object-validation" and name != "self-rules-webhook"
    ]  # fmt: skip


def rows(name):
    return [json.loads(line) for line in (ROOT / name / "cases.jsonl").read_text().splitlines()]


def engine_of(name):
    folder = ROOT / name
    meta = yaml.safe_load((folder / "scenario.yaml").read_text())
    policy = folder / "policy"
    abac = policy / "abac.jsonl"
    options = DryRunOptions(
        filenames=tuple(str(path) for path in sorted(policy.glob("*.yaml")) if path.name != "authorization-config.yaml"),
        authorization_mode=tuple(meta["modes"]),
        authorization_policy_file=str(abac) if abac.exists() else "",
        bootstrap_policy=bool(meta.get("bootstrap")),
    )
    return build_engine(options, locate=False)


def compare(expected, status, exact=True):
    """What differs; the rules are those of the corpus' README."""
    if "error" in expected:
        got = status.get("error") or {}
        want = {**expected["error"], "message": TIME.sub("", expected["error"]["message"])}
        if want["code"] == 400 and PARSER.search(want["message"]):
            return [] if (got.get("code"), got.get("reason")) == (want["code"], want["reason"]) else ["error"]
        return [] if {**got, "message": TIME.sub("", got.get("message", ""))} == want else ["error"]
    differs = [key for key in ("allowed", "denied") if bool(expected.get(key)) is not bool(status.get(key))]
    if exact and (expected.get("reason") or "") != (status.get("reason") or ""):
        differs.append("reason")
    if not exact and expected.get("allowed") and not (status.get("reason") or "").startswith("RBAC: allowed by "):
        differs.append("reason")
    if (expected.get("evaluationError") or "") != (status.get("evaluationError") or ""):
        differs.append("evaluationError")
    return differs


def refused(error):
    return {"error": {"code": error.status.code, "reason": error.status.reason, "message": error.status.message}}


@pytest.mark.parametrize("name", scenarios(*REVIEWS))
def test_reviews(name):
    chain = engine_of(name).chain
    wrong = []
    for row in rows(name):
        try:
            attributes = reviews.subject_access_review(row["review"])
            status = reviews.access_status(chain.authorize(attributes), attributes)
        except StatusError as error:
            status = refused(error)
        if differs := compare(row["status"], status, row.get("exactReason", True)):
            wrong.append((row["id"], differs, row["status"], status))
    assert wrong == []


def answer(chain, row):
    user = User.of(row["as"]["user"], row["as"]["groups"])
    review, path = row["review"], row["path"]
    try:
        if path.endswith("selfsubjectrulesreviews"):
            return reviews.rules_status(chain.rules_for(user, reviews.self_subject_rules_review(review)))
        if path.endswith("selfsubjectaccessreviews"):
            attributes = reviews.self_subject_access_review(review, user)
        elif path.endswith("localsubjectaccessreviews"):
            attributes = reviews.local_subject_access_review(review, path.split("/")[5])
        else:
            attributes = reviews.subject_access_review(review)
    except StatusError as error:
        return refused(error)
    return reviews.access_status(chain.authorize(attributes), attributes)


def multiset(rules):
    return sorted(json.dumps({key: value for key, value in rule.items() if value}, sort_keys=True) for rule in rules or [])


@pytest.mark.parametrize("name", scenarios(*SELF))
def test_self_and_local_reviews(name):
    chain = engine_of(name).chain
    wrong = []
    for row in rows(name):
        expected = row["status"]
        if expected.get("error", {}).get("code") == 403:
            continue  # whether they may ask at all is the server's question
        status = answer(chain, row)
        if "resourceRules" in expected:
            same = all(
                multiset(expected.get(key)) == multiset(status.get(key)) for key in ("resourceRules", "nonResourceRules")
            )
            same = same and bool(expected.get("incomplete")) is bool(status.get("incomplete"))
            same = same and bool(expected.get("evaluationError")) is bool(status.get("evaluationError"))
            differs = [] if same else ["rules"]
        else:
            differs = compare(expected, status, row.get("exactReason", True))
        if differs:
            wrong.append((row["id"], differs, expected, status))
    assert wrong == []


def test_aggregation():
    rbac = engine_of("rbac-aggregation").rbac
    for row in rows("rbac-aggregation"):
        role = rbac.role("ClusterRole", "", row["clusterRole"])
        assert role is not None
        assert role["rules"] == (row["rules"] or []), row["clusterRole"]


def written(row, objects):
    """The request's attributes, the object as it would be stored, the old object."""
    parts = row["path"].split("/")[4:]
    namespace = ""
    if parts[0] == "namespaces":
        namespace, parts = parts[1], parts[2:]
    resource, name = parts[0], parts[1] if len(parts) > 1 else ""
    user = User.of(row["user"], row["groups"])
    attributes = Attributes(user, VERBS[row["method"]], True, escalation.GROUP, "v1", resource, "", namespace, name)
    old = objects.get((resource, namespace, name)) if name else None
    obj = row["object"]
    if row["method"] == "PATCH":
        metadata = {**old["metadata"]}
        for key, value in obj.get("metadata", {}).items():
            metadata[key] = {**(metadata.get(key) or {}), **value}
        obj = {**old, **obj, "metadata": metadata}
    return attributes, obj, old


def test_escalation():
    engine = engine_of("escalation")
    objects = {(o["kind"].lower() + "s", o["metadata"].get("namespace", ""), name_of(o)): o for o in engine.state}
    wrong = []
    for row in rows("escalation"):
        attributes, obj, old = written(row, objects)
        if row["method"] == "DELETE" or row["code"] == 422 or not engine.chain.authorize(attributes).allowed:
            continue
        status = escalation.check(attributes, obj, old, engine.rbac, engine.chain)
        got = (status.code, status.reason, status.message) if status else None
        expected = None if row["code"] < 300 else (row["code"], row["reason"], row["message"])
        if got != expected:
            wrong.append((row["id"], expected, got))
    assert wrong == []
