"""The RBAC engine decides as the reference definition does, on random policies and through random changes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.authz.rbac.who_can import who_can
from kubegate.authz.reference import decide

API = "rbac.authorization.k8s.io"
NAMESPACES = ("n", "m")
VERBS = ("get", "list", "*")
GROUPS = ("", "apps", "*")
RESOURCES = ("pods", "pods/log", "*/log", "jobs", "*", "pods/*")
NAMES = ("a", "b", "")
PATHS = ("/x", "/x/y", "/", "/z")
URLS = ("/x", "/x/*", "*", "/x*", "/z")


def some(values, *, least=0, most=3):
    return st.lists(st.sampled_from(values), min_size=least, max_size=most)


rules = st.one_of(
    st.fixed_dictionaries(
        {"verbs": some(VERBS, least=1), "apiGroups": some(GROUPS, least=1), "resources": some(RESOURCES, least=1)},
        optional={"resourceNames": some(NAMES, most=2)},
    ),
    st.fixed_dictionaries({"verbs": some(VERBS, least=1), "nonResourceURLs": some(URLS, least=1)}),
)
subjects = st.one_of(
    st.builds(
        lambda kind, name: {"kind": kind, "name": name}, st.sampled_from(("User", "Group")), st.sampled_from(("u", "g", "v"))
    ),
    st.builds(
        lambda name, namespace: {"kind": "ServiceAccount", "name": name} | ({"namespace": namespace} if namespace else {}),
        st.sampled_from(("sa", "sb")),
        st.sampled_from(("", "n", "m")),
    ),
)


def obj(kind, name, namespace, **more):
    metadata = {"name": name} | ({"namespace": namespace} if not kind.startswith("Cluster") else {})
    return {"apiVersion": f"{API}/v1", "kind": kind, "metadata": metadata, **more}


names = st.sampled_from(("a", "b", "c", "d", "e"))
roles = st.builds(
    lambda kind, name, namespace, rules: obj(kind, name, namespace, rules=rules),
    st.sampled_from(("Role", "ClusterRole")),
    names,
    st.sampled_from(NAMESPACES),
    st.lists(rules, max_size=3),
)
bindings = st.builds(
    lambda kind, name, namespace, role_kind, role, subjects: obj(
        kind,
        name,
        namespace,
        subjects=subjects,
        roleRef={"apiGroup": API, "kind": "ClusterRole" if kind == "ClusterRoleBinding" else role_kind, "name": role},
    ),
    st.sampled_from(("RoleBinding", "ClusterRoleBinding")),
    names,
    st.sampled_from(NAMESPACES),
    st.sampled_from(("Role", "ClusterRole")),
    names,
    st.lists(subjects, max_size=3),
)
users = st.builds(
    lambda name, groups: User(name, groups=tuple(groups)),
    st.sampled_from(("u", "v", "g", "system:serviceaccount:n:sa", "system:serviceaccount:m:sb")),
    some(("g", "u"), most=2),
)
requests = st.one_of(
    st.builds(
        lambda user, verb, group, resource, namespace, name: Attributes(
            user, verb, True, group, "*", resource.partition("/")[0], resource.partition("/")[2], namespace, name
        ),
        users,
        st.sampled_from(("get", "list", "watch")),
        st.sampled_from(("", "apps", "batch")),
        st.sampled_from(("pods", "pods/log", "jobs", "jobs/log", "nodes")),
        st.sampled_from(("", *NAMESPACES)),
        st.sampled_from(NAMES),
    ),
    st.builds(
        lambda user, verb, path: Attributes(user, verb, False, path=path),
        users,
        st.sampled_from(("get", "post")),
        st.sampled_from(PATHS),
    ),
)


def key(item):
    return item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(roles, bindings, bindings), max_size=25), st.lists(requests, min_size=1, max_size=15))
def test_engine_and_reference_agree(objects, asked):
    unique = list({key(item): item for item in objects}.values())
    index = RbacAuthorizer(unique)
    for request in asked:
        assert index.authorize(request).allowed is decide(unique, request)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.one_of(roles, bindings)), max_size=30),
    st.lists(requests, min_size=1, max_size=5),
)
def test_they_agree_through_changes(changes, asked):
    index, state = RbacAuthorizer(), {}
    for removes, item in changes:
        if removes and state:
            gone = sorted(state)[0]
            del state[gone]
            index.remove(*gone)
        else:
            state[key(item)] = item
            index.upsert(item)
        for request in asked:
            assert index.authorize(request).allowed is decide(state.values(), request)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(roles, bindings, bindings), max_size=20), requests)
def test_who_can_lists_exactly_those_whom_the_engine_allows(objects, request_):
    unique = list({key(item): item for item in objects}.values())
    index = RbacAuthorizer(unique)
    named = {grant.description for grant in who_can(index, request_)}
    for kind, name in (("User", "u"), ("User", "v"), ("Group", "g")):
        user = User(name) if kind == "User" else User("nobody", groups=(name,))
        asked = Attributes(
            user, request_.verb, request_.is_resource, request_.group, "*", request_.resource, request_.subresource,
            request_.namespace, request_.name, request_.path,
        )  # fmt: skip
        assert index.authorize(asked).allowed is (f'{kind} "{name}"' in named)
