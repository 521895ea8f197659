"""Ingresses and ingress classes: what is said about each wrong field, what is filled in."""

import pytest
from messages import IMMUTABLE, IP, LABEL, PORT, SUBDOMAIN, WILDCARD, bad
from support import REGISTRY, create, merged, resource, update

WHERE = "networking.k8s.io/v1/ingresses"
BACKEND = {"service": {"name": "s", "port": {"number": 80}}}
GOOD = {"spec": {"defaultBackend": BACKEND}}


def with_path(**values):
    return {"spec": {"rules": [{"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": BACKEND, **values}]}}]}}


def with_backend(backend):
    return {"spec": {"defaultBackend": backend}}


def service(name="s", number=1):
    return with_backend({"service": {"name": name, "port": {"number": number}}})


PATH = "spec.rules[0].http.paths[0]"
HERE = "spec.defaultBackend"


@pytest.mark.parametrize(
    "body",
    [
        GOOD,
        with_path(),
        with_path(pathType="Exact", path="/a/b"),
        with_path(pathType="ImplementationSpecific", path=""),
        with_path(pathType="ImplementationSpecific", path="/a//b/.."),
        service(number=65535),
        service(name="1s", number=1),
        with_backend({"resource": {"apiGroup": "a.io", "kind": "Bucket", "name": "b"}}),
        with_backend({"resource": {"kind": "Bucket", "name": "b"}}),
        {"spec": {"rules": [{"host": "a.example.com"}]}},
        {"spec": {"rules": [{"host": "*.example.com"}]}},
        {"spec": {**GOOD["spec"], "tls": [{}, {"hosts": ["a.b", "*.a.b"], "secretName": "s"}]}},
        {"spec": {**GOOD["spec"], "ingressClassName": "nginx"}},
    ],
    ids=str,
)
def test_good(body):
    assert create(WHERE, body)[1] == []


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({}, "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"),
        ({"rules": []}, "spec: Invalid value: []: either `defaultBackend` or `rules` must be specified"),
        (
            {"ingressClassName": "Bad", "defaultBackend": BACKEND},
            bad("spec.ingressClassName", "Bad", SUBDOMAIN),
        ),
        ({"rules": [{"http": {"paths": []}}]}, "spec.rules[0].http.paths: Required value"),
        ({"rules": [{"host": "A"}]}, bad("spec.rules[0].host", "A", SUBDOMAIN)),
        ({"rules": [{"host": "*"}]}, bad("spec.rules[0].host", "*", WILDCARD)),
        ({"rules": [{"host": "a.*.b"}]}, bad("spec.rules[0].host", "a.*.b", WILDCARD)),
        ({"rules": [{"host": "10.0.0.1"}]}, bad("spec.rules[0].host", "10.0.0.1", "must be a DNS name, not an IP address")),
        (
            {"defaultBackend": BACKEND, "tls": [{"hosts": ["a", "B"]}]},
            bad("spec.tls[0].hosts[1]", "B", SUBDOMAIN),
        ),
        ({"defaultBackend": BACKEND, "tls": [{"hosts": ["*."]}]}, bad("spec.tls[0].hosts[0]", "*.", WILDCARD)),
        ({"defaultBackend": BACKEND, "tls": [{"secretName": "S"}]}, bad("spec.tls[0].secretName", "S", SUBDOMAIN)),
    ],
    ids=str,
)
def test_wrong_specification(spec, wrong):
    assert create(WHERE, {"spec": spec})[1] == [wrong]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        # Without a type, nothing else of the path is looked at.
        ({"pathType": None, "backend": {}}, [f"{PATH}.pathType: Required value: pathType must be specified"]),
        (
            {"pathType": "Regex"},
            [f'{PATH}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"'],
        ),
        ({"path": ""}, [bad(f"{PATH}.path", "", "must be an absolute path")]),
        ({"path": "a"}, [bad(f"{PATH}.path", "a", "must be an absolute path")]),
        ({"pathType": "ImplementationSpecific", "path": "a"}, [bad(f"{PATH}.path", "a", "must be an absolute path")]),
        ({"path": "//"}, [bad(f"{PATH}.path", "//", "must not contain '//'")]),
        ({"path": "/a/./b"}, [bad(f"{PATH}.path", "/a/./b", "must not contain '/./'")]),
        ({"path": "/a/../b"}, [bad(f"{PATH}.path", "/a/../b", "must not contain '/../'")]),
        ({"path": "/a%2fb"}, [bad(f"{PATH}.path", "/a%2fb", "must not contain '%2f'")]),
        ({"path": "/a%2Fb"}, [bad(f"{PATH}.path", "/a%2Fb", "must not contain '%2F'")]),
        ({"path": "/a/.."}, [bad(f"{PATH}.path", "/a/..", "cannot end with '/..'")]),
        ({"path": "/a/."}, [bad(f"{PATH}.path", "/a/.", "cannot end with '/.'")]),
        ({"backend": {}}, [bad(f"{PATH}.backend", "", "resource or service backend is required")]),
    ],
    ids=str,
)
def test_wrong_path(values, wrong):
    assert create(WHERE, with_path(**values))[1] == wrong


@pytest.mark.parametrize(
    ("backend", "wrong"),
    [
        ({}, bad(HERE, "", "resource or service backend is required")),
        (
            {**BACKEND, "resource": {"kind": "K", "name": "n"}},
            bad(HERE, "", "cannot set both resource and service backends"),
        ),
        ({"service": {"name": "", "port": {"number": 1}}}, f"{HERE}.service.name: Required value"),
        ({"service": {"name": "S", "port": {"number": 1}}}, bad(f"{HERE}.service.name", "S", LABEL)),
        ({"service": {"name": "a.b", "port": {"number": 1}}}, bad(f"{HERE}.service.name", "a.b", "must not contain dots")),
        ({"service": {"name": "s", "port": {}}}, f"{HERE}: Required value: port name or number is required"),
        (
            {"service": {"name": "s", "port": {"name": "n", "number": 1}}},
            bad(HERE, "", "cannot set both port name & port number"),
        ),
        (
            {"service": {"name": "s", "port": {"number": 65536}}},
            f"{HERE}.service.port.number: Invalid value: 65536: {PORT}",
        ),
        ({"service": {"name": "s", "port": {"number": -1}}}, f"{HERE}.service.port.number: Invalid value: -1: {PORT}"),
        (
            {"service": {"name": "s", "port": {"name": "a--b"}}},
            bad(f"{HERE}.service.port.name", "a--b", "must not contain consecutive hyphens"),
        ),
        (
            {"service": {"name": "s", "port": {"name": "-a"}}},
            bad(f"{HERE}.service.port.name", "-a", "must not begin or end with a hyphen"),
        ),
        (
            {"service": {"name": "s", "port": {"name": "1"}}},
            bad(f"{HERE}.service.port.name", "1", "must contain at least one letter (a-z)"),
        ),
        (
            {"service": {"name": "s", "port": {"name": "abcdefghijklmnop"}}},
            bad(f"{HERE}.service.port.name", "abcdefghijklmnop", "must be no more than 15 characters"),
        ),
        (
            {"resource": {"apiGroup": "A", "kind": "K", "name": "n"}},
            bad(f"{HERE}.resource.apiGroup", "A", SUBDOMAIN),
        ),
        ({"resource": {"kind": "K/L", "name": "n"}}, bad(f"{HERE}.resource.kind", "K/L", "may not contain '/'")),
        ({"resource": {"kind": "K", "name": ".."}}, bad(f"{HERE}.resource.name", "..", "may not be '..'")),
    ],
    ids=str,
)
def test_wrong_backend(backend, wrong):
    assert create(WHERE, with_backend(backend))[1] == [wrong]


@pytest.mark.parametrize("key", ["kind", "name"])
def test_a_resource_backend_needs_kind_and_name(key):
    reference = {"kind": "K", "name": "n", key: ""}
    assert create(WHERE, with_backend({"resource": reference}))[1][0].startswith(f"{HERE}.resource.{key}: Required value")


def annotated(value, **spec):
    return merged(GOOD, {"metadata": {"annotations": {"kubernetes.io/ingress.class": value}}, "spec": spec})


def test_the_old_annotation_must_agree_at_creation():
    text = "must match `ingressClassName` when both are specified"
    wrong = bad("annotations.kubernetes.io/ingress.class", "a", text)
    assert create(WHERE, annotated("a", ingressClassName="b"))[1] == [wrong]
    assert create(WHERE, annotated("a", ingressClassName="a"))[1] == []
    old, _ = create(WHERE, annotated("a"))
    assert update(WHERE, old, {"spec": {"ingressClassName": "b"}})[1] == []


def test_the_old_annotation_is_warned_of_when_new():
    kind, obj = resource(WHERE), annotated("a")
    text = "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"
    assert REGISTRY.warnings(kind, obj, None) == [text]
    assert REGISTRY.warnings(kind, obj, obj) == []
    assert REGISTRY.warnings(kind, GOOD, None) == []


def test_status_is_the_controllers():
    status = {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}
    old, errors = create(WHERE, {**GOOD, "status": status})
    assert errors == []
    assert old["status"] == {"loadBalancer": {}}
    assert update(WHERE, old, {"status": status})[0]["status"] == {"loadBalancer": {}}
    changed, errors = update(WHERE, old, {"status": status, "spec": {"ingressClassName": "x"}}, "status")
    assert errors == []
    assert changed["status"] == status
    assert "ingressClassName" not in changed["spec"]
    assert changed["metadata"]["generation"] == 1


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ({"ip": "x"}, bad("status.loadBalancer.ingress[0].ip", "x", IP)),
        ({"ip": "010.0.0.1"}, bad("status.loadBalancer.ingress[0].ip", "010.0.0.1", "must not have leading 0s")),
        (
            {"ip": "::ffff:1.2.3.4"},
            bad("status.loadBalancer.ingress[0].ip", "::ffff:1.2.3.4", "must not be an IPv4-mapped IPv6 address"),
        ),
        ({"hostname": "A"}, bad("status.loadBalancer.ingress[0].hostname", "A", SUBDOMAIN)),
        (
            {"hostname": "1.2.3.4"},
            bad("status.loadBalancer.ingress[0].hostname", "1.2.3.4", "must be a DNS name, not an IP address"),
        ),
    ],
    ids=str,
)
def test_wrong_status(entry, wrong):
    old, _ = create(WHERE, GOOD)
    assert update(WHERE, old, {"status": {"loadBalancer": {"ingress": [entry]}}}, "status")[1] == [wrong]


def test_generation_counts_changes():
    old, _ = create(WHERE, GOOD)
    assert update(WHERE, old, {"spec": {"ingressClassName": "x"}})[0]["metadata"]["generation"] == 2
    assert update(WHERE, old, {"metadata": {"labels": {"a": "b"}}})[0]["metadata"]["generation"] == 1


CLASSES = "networking.k8s.io/v1/ingressclasses"
CLASS = {"spec": {"controller": "acme.io/foo"}}
PARAMETERS = {"apiGroup": "a.io", "kind": "P", "name": "p"}


def test_class_parameters_are_of_the_cluster_unless_said():
    obj, errors = create(CLASSES, merged(CLASS, {"spec": {"parameters": PARAMETERS}}))
    assert errors == []
    assert obj["spec"]["parameters"]["scope"] == "Cluster"
    local = {**PARAMETERS, "scope": "Namespace", "namespace": "a"}
    assert create(CLASSES, merged(CLASS, {"spec": {"parameters": local}}))[1] == []


@pytest.mark.parametrize(
    ("controller", "wrong"),
    [
        ("", ["spec.controller: Required value"]),
        ("foo", [bad("spec.controller", "foo", 'must be a domain-prefixed path (such as "acme.io/foo")')]),
        ("/foo", [bad("spec.controller", "/foo", 'must be a domain-prefixed path (such as "acme.io/foo")')]),
        ("acme.io/", [bad("spec.controller", "acme.io/", 'must be a domain-prefixed path (such as "acme.io/foo")')]),
        ("Acme/foo", [bad("spec.controller", "Acme", SUBDOMAIN)]),
        ("a.io/" + "b" * 246, ["spec.controller: Too long: may not be more than 250 bytes"]),
    ],
)
def test_wrong_controller(controller, wrong):
    assert create(CLASSES, {"spec": {"controller": controller}})[1] == wrong


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"apiGroup": "A"}, bad("spec.parameters.apiGroup", "A", SUBDOMAIN)),
        ({"kind": "a%b"}, bad("spec.parameters.kind", "a%b", "may not contain '%'")),
        ({"scope": "X"}, 'spec.parameters.scope: Unsupported value: "X": supported values: "Cluster", "Namespace"'),
        ({"namespace": "a"}, "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"),
        (
            {"scope": "Namespace"},
            "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
        ),
        ({"scope": "Namespace", "namespace": ""}, bad("spec.parameters.namespace", "", LABEL)),
        ({"scope": "Namespace", "namespace": "A"}, bad("spec.parameters.namespace", "A", LABEL)),
    ],
    ids=str,
)
def test_wrong_parameters(change, wrong):
    assert create(CLASSES, merged(CLASS, {"spec": {"parameters": {**PARAMETERS, **change}}}))[1] == [wrong]


def test_the_controller_never_changes():
    old, _ = create(CLASSES, CLASS)
    assert update(CLASSES, old, {"spec": {"controller": "b.io/c"}})[1] == [bad("spec.controller", "b.io/c", IMMUTABLE)]
    obj, errors = update(CLASSES, old, {"spec": {"parameters": PARAMETERS}})
    assert errors == []
    assert obj["metadata"]["generation"] == 2
