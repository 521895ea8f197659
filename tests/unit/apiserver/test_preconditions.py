"""In which order a replacement is refused: the uid that it names, what its writer may grant, the version that it names."""

from __future__ import annotations

import pytest

from kubegate.testing.http_client import Client

RBAC = "/apis/rbac.authorization.k8s.io/v1"
GROUP = "rbac.authorization.k8s.io"


def rule(verb: str, *resources: str, group: str = "") -> dict[str, list[str]]:
    return {"verbs": [verb], "apiGroups": [group], "resources": list(resources)}


@pytest.fixture
def roles(client: Client, namespace: str) -> str:
    """The path of the roles of a namespace in which nobody may update roles; ``big`` grants more than that."""
    path = f"{RBAC}/namespaces/{namespace}"
    writer = rule("update", "roles", group=GROUP)
    made = [
        client("POST", f"{path}/roles", {"metadata": {"name": "writer"}, "rules": [writer]}),
        client("POST", f"{path}/roles", {"metadata": {"name": "big"}, "rules": [rule("get", "secrets")]}),
        client(
            "POST",
            f"{path}/rolebindings",
            {
                "metadata": {"name": "writer"},
                "subjects": [{"kind": "User", "name": "nobody"}],
                "roleRef": {"kind": "Role", "name": "writer"},
            },
        ),
    ]
    assert [answer.code for answer in made] == [201, 201, 201]
    return f"{path}/roles"


def test_another_uid_than_that_of_the_object(client: Client, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/services"
    ports = {"ports": [{"port": 1}]}
    created = client("POST", path, {"metadata": {"name": "a"}, "spec": ports}).body
    answer = client("PUT", f"{path}/a", {"metadata": {"name": "a", "uid": "x", "resourceVersion": "1"}, "spec": ports})
    assert answer.code == 409
    assert answer.body["message"] == (
        'Operation cannot be fulfilled on services "a": StorageError: invalid object, Code: 4, '
        f"Key: /registry/services/specs/{namespace}/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
        f"UID in precondition: x, UID in object meta: {created['metadata']['uid']}"
    )


def test_an_object_that_is_gone_has_no_uid(client: Client, roles: str) -> None:
    answer = client("PUT", f"{roles}/gone", {"metadata": {"name": "gone", "uid": "x"}, "rules": []})
    assert answer.code == 409
    assert answer.body["message"].endswith("UID in precondition: x, UID in object meta: ")
    assert client("PUT", f"{roles}/gone", {"metadata": {"name": "gone"}, "rules": []}).code == 201


def test_an_apply_that_names_a_uid_creates_nothing_whatever_else_is_wrong(client: Client) -> None:
    role = {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": {"name": "a", "uid": "x"}, "rules": []}
    path = f"{RBAC}/namespaces/not-there/roles/a?fieldManager=m"
    answer = client("PATCH", path, role, media_type="application/apply-patch+yaml")
    assert answer.code == 409
    assert "uid mismatch: the provided object specified uid x" in answer.body["message"]


@pytest.mark.parametrize("version", ["1", "what"])
def test_what_may_not_be_granted_is_told_before_the_version_is_read(client: Client, roles: str, version: str) -> None:
    body = {"metadata": {"name": "writer", "resourceVersion": version}, "rules": [rule("get", "secrets")]}
    answer = client.as_user("nobody-token")("PUT", f"{roles}/writer", body)
    assert answer.code == 403
    assert "attempting to grant RBAC permissions not currently held" in answer.body["message"]


def test_a_version_that_is_none_is_an_error_for_new_objects_too(client: Client, roles: str) -> None:
    answer = client("PUT", f"{roles}/new", {"metadata": {"name": "new", "resourceVersion": "what"}, "rules": []})
    assert (answer.code, answer.body["message"]) == (500, 'strconv.ParseUint: parsing "what": invalid syntax')


@pytest.mark.parametrize(("left_out", "code"), [("", 200), ("uid", 403), ("resourceVersion", 403)])
def test_only_the_whole_object_changes_nothing_but_its_finalizers(
    client: Client, roles: str, left_out: str, code: int
) -> None:
    role = client("GET", f"{roles}/big").body
    role["metadata"] |= {"finalizers": ["a.io/b"]}
    role["metadata"].pop(left_out, None)
    assert client.as_user("nobody-token")("PUT", f"{roles}/big?dryRun=All", role).code == code


def test_complaints_about_a_replaced_role_stand_twice_among_the_causes(client: Client, roles: str) -> None:
    answer = client("PUT", f"{roles}/big", {"metadata": {"name": "big"}, "rules": [{"verbs": ["get"], "apiGroups": [""]}]})
    assert answer.code == 422
    assert [cause["field"] for cause in answer.body["details"]["causes"]] == ["rules[0].resources"] * 2
    assert answer.body["message"].count("rules[0].resources") == 1
