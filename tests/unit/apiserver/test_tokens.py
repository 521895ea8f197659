"""TokenReview, SelfSubjectReview, TokenRequest."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from kubegate.api.names import Object
from kubegate.api.status import Status, bad_request
from kubegate.api.user import User
from kubegate.apiserver.tokens import Issued, TokenRequests, self_subject_review, token_review
from kubegate.authn.interface import Authenticated, Credentials, Outcome, Refused
from kubegate.authn.issuer import TokenIssuer
from kubegate.testing.credentials import new_key

NOW = 1_800_000_000.5
KEY = new_key()
OBJECTS: dict[tuple[str, str, str], Object] = {
    ("serviceaccounts", "shop", "web"): {"metadata": {"name": "web", "namespace": "shop", "uid": "u-1"}},
    ("pods", "shop", "p"): {
        "metadata": {"name": "p", "namespace": "shop", "uid": "p-1"},
        "spec": {"serviceAccountName": "web", "nodeName": "n"},
    },
    ("pods", "shop", "other"): {"metadata": {"name": "other", "uid": "p-2"}, "spec": {"serviceAccountName": "db"}},
    ("nodes", "", "n"): {"metadata": {"name": "n", "uid": "n-1"}},
    ("secrets", "shop", "s"): {"metadata": {"name": "s", "uid": "s-1"}},
}


class Cluster:
    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        return OBJECTS.get((resource, namespace, name))


def create(spec: dict[str, Any], *, name: str = "web", max_seconds: int = 0, **more: Any) -> Issued | Status:
    requests = TokenRequests(Cluster(), TokenIssuer("https://i", KEY), ("api",), lambda: NOW, max_seconds)
    return requests.create("shop", name, {"spec": spec, **more})


def claims(answer: Issued | Status) -> dict[str, Any]:
    assert isinstance(answer, Issued), answer
    found: dict[str, Any] = jwt.decode(answer.object["status"]["token"], options={"verify_signature": False})
    return found


def test_defaults() -> None:
    answer = create({})
    found = claims(answer)
    assert isinstance(answer, Issued)
    assert (found["aud"], found["exp"] - found["iat"]) == (["api"], 3600)
    assert answer.object["spec"] == {"boundObjectRef": None, "audiences": ["api"], "expirationSeconds": 3600}
    assert answer.object["status"]["expirationTimestamp"] == "2027-01-15T09:00:00Z"
    assert answer.annotations == (("authentication.kubernetes.io/issued-credential-id", f"JTI={found['jti']}"),)


def ref(kind: str, name: str, **more: str) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": kind, "apiVersion": "v1", "name": name, **more}
    return {"boundObjectRef": found}


@pytest.mark.parametrize(
    ("spec", "bound"),
    [
        (ref("Pod", "p"), {"pod": {"name": "p", "uid": "p-1"}, "node": {"name": "n", "uid": "n-1"}}),
        (ref("Pod", "p", uid="p-1"), {"pod": {"name": "p", "uid": "p-1"}, "node": {"name": "n", "uid": "n-1"}}),
        (ref("Node", "n"), {"node": {"name": "n", "uid": "n-1"}}),
        (ref("Secret", "s"), {"secret": {"name": "s", "uid": "s-1"}}),
        (ref("Secret", "s", apiVersion="v7"), {"secret": {"name": "s", "uid": "s-1"}}),
        (ref("Secret", "s", apiVersion="a/b/c"), {"secret": {"name": "s", "uid": "s-1"}}),
    ],
)
def test_bound_objects(spec: dict[str, Any], bound: dict[str, Any]) -> None:
    found = claims(create(spec))["kubernetes.io"]
    assert found == {"namespace": "shop", "serviceaccount": {"name": "web", "uid": "u-1"}, **bound}


@pytest.mark.parametrize(
    ("spec", "code", "message"),
    [
        ({"expirationSeconds": 599}, 422, "may not specify a duration less than 10 minutes"),
        ({"expirationSeconds": (1 << 32) + 1}, 422, "may not specify a duration larger than 2^32 seconds"),
        (ref("Pod", "nope"), 404, 'pods "nope" not found'),
        (ref("Pod", "other"), 400, "pod running with different serviceaccount name."),
        (ref("Pod", "p", uid="x"), 409, "the UID in the bound object reference (x) does not match the UID in record."),
        (ref("Pod", ""), 400, "Name parameter required."),
        (ref("Secret", "a/b%"), 400, """Name parameter invalid: "a/b%": may not contain '/';may not contain '%'"""),
        (ref("Node", ".."), 400, """Name parameter invalid: "..": may not be '..'"""),
        (ref("ConfigMap", ""), 400, "cannot bind token to object of type /v1, Kind=ConfigMap"),
        (ref("ConfigMap", "c"), 400, "cannot bind token to object of type /v1, Kind=ConfigMap"),
        ({"boundObjectRef": {"kind": "Pod", "apiVersion": "apps/v1"}}, 400, "object of type apps/v1, Kind=Pod"),
    ],
)
def test_refusals(spec: dict[str, Any], code: int, message: str) -> None:
    answer = create(spec)
    assert isinstance(answer, Status)
    assert answer.code == code
    assert message in answer.message


def test_names_must_fit_the_path() -> None:
    for meta in ({"name": "other"}, {"namespace": "other"}):
        answer = create({}, metadata=meta)
        assert isinstance(answer, Status)
        assert answer.code == 422
    assert isinstance(create({}, metadata={"name": "web", "namespace": "shop"}), Issued)
    missing = create({}, name="nope")
    assert isinstance(missing, Status)
    assert missing.code == 404


def test_the_longest_validity() -> None:
    answer = create({"expirationSeconds": 7200}, max_seconds=3600)
    assert isinstance(answer, Issued)
    assert answer.warnings == ("requested expiration of 7200 seconds shortened to 3600 seconds",)
    assert claims(answer)["exp"] - int(NOW) == 3600


def test_projected_tokens_of_old_live_a_year_and_warn() -> None:
    found = claims(create({**ref("Pod", "p"), "expirationSeconds": 3607}))
    assert found["exp"] - found["iat"] == 365 * 24 * 3600
    assert found["kubernetes.io"]["warnafter"] == int(NOW) + 3607
    plain = claims(create({"expirationSeconds": 3607}))
    assert plain["exp"] - plain["iat"] == 3607


def test_admission_has_its_say() -> None:
    requests = TokenRequests(Cluster(), TokenIssuer("https://i", KEY), ("api",), lambda: NOW)
    assert requests.create("shop", "web", {}, lambda request: bad_request("no")) == bad_request("no")


class Says:
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def authenticate(self, credentials: Credentials) -> Outcome:
        self.credentials = credentials
        return self.outcome


def test_token_reviews() -> None:
    good = Says(Authenticated(User.of("jane", ["g"]), ("api",)))
    answer = token_review({"spec": {"token": "t"}}, good, ("api",))
    assert not isinstance(answer, Status)
    assert answer["status"] == {"authenticated": True, "user": {"username": "jane", "groups": ["g"]}, "audiences": ["api"]}
    assert good.credentials.headers == {"authorization": ["Bearer t"]}
    assert good.credentials.audiences == ("api",)
    answer = token_review({"spec": {"token": "t", "audiences": ["x"]}}, Says(Refused("no")), ("api",))
    assert not isinstance(answer, Status)
    assert answer["status"] == {"user": {}, "error": "no"}


def test_an_authenticator_that_ignores_audiences_is_caught() -> None:
    answer = token_review({"spec": {"token": "t", "audiences": ["x"]}}, Says(Authenticated(User("u"), ("y",))), ("api",))
    assert isinstance(answer, Status)
    assert answer.code == 500


@pytest.mark.parametrize("review", [{}, {"spec": {}}, {"spec": {"token": ""}}])
def test_a_review_needs_a_token(review: Object) -> None:
    answer = token_review(review, Says(Refused("no")), ("api",))
    assert isinstance(answer, Status)
    assert answer.message == "token is required for TokenReview in authentication"


def test_self_subject_review() -> None:
    answer = self_subject_review({"kind": "SelfSubjectReview"}, User.of("jane", uid="7"), NOW)
    assert answer["status"] == {"userInfo": {"username": "jane", "uid": "7"}}
    assert answer["metadata"] == {"creationTimestamp": "2027-01-15T08:00:00Z"}
