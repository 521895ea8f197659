"""Claims of devices: requests, constraints, configuration, status; classes and templates."""

import pytest
from messages import IMMUTABLE, KEY, LABEL, SUBDOMAIN, VALUE, bad
from support import create, merged, update

CLAIMS = "resource.k8s.io/v1/resourceclaims"
TEMPLATES = "resource.k8s.io/v1/resourceclaimtemplates"
CLASSES = "resource.k8s.io/v1/deviceclasses"
EXACT = {"deviceClassName": "c"}
REQUEST = {"name": "r", "exactly": EXACT}


def claim(*requests, **devices):
    return {"spec": {"devices": {"requests": list(requests or [REQUEST]), **devices}}}


def exactly(**values):
    return claim({"name": "r", "exactly": {**EXACT, **values}})


def test_what_is_filled_in():
    obj, errors = create(CLAIMS, exactly(tolerations=[{"key": "a"}]))
    assert errors == []
    assert obj["spec"]["devices"]["requests"][0]["exactly"] == {
        "deviceClassName": "c",
        "allocationMode": "ExactCount",
        "count": 1,
        "tolerations": [{"key": "a", "operator": "Equal"}],
    }
    assert obj["status"] == {}
    alternatives = claim({"name": "r", "firstAvailable": [{"name": "a", "deviceClassName": "c", "allocationMode": "All"}]})
    assert "count" not in create(CLAIMS, alternatives)[0]["spec"]["devices"]["requests"][0]["firstAvailable"][0]


R = "spec.devices.requests[0]"
ONE = "exactly one of `exactly` or `firstAvailable` is required"


@pytest.mark.parametrize(
    ("request_", "wrong"),
    [
        ({"name": "r", "firstAvailable": [{"name": "a", **EXACT}, {"name": "b", **EXACT}]}, []),
        ({"name": "R", "exactly": EXACT}, [bad(f"{R}.name", "R", LABEL)]),
        ({"name": "r"}, [f"{R}: Required value: {ONE}"]),
        (
            {**REQUEST, "firstAvailable": [{"name": "a", **EXACT}]},
            [f"{R}: Invalid value: null: {ONE}, but multiple fields are set"],
        ),
        ({"name": "r", "exactly": {}}, [f"{R}.exactly.deviceClassName: Required value"]),
        ({"name": "r", "exactly": {"deviceClassName": "C"}}, [bad(f"{R}.exactly.deviceClassName", "C", SUBDOMAIN)]),
        (
            {"name": "r", "firstAvailable": [{"name": "a", **EXACT}, {"name": "a", **EXACT}]},
            [f'{R}.firstAvailable[1]: Duplicate value: "a"'],
        ),
        (
            {"name": "r", "firstAvailable": [{"name": f"a{n}", **EXACT} for n in range(9)]},
            [f"{R}.firstAvailable: Too many: 9: must have at most 8 items"],
        ),
        ({"name": "r", "firstAvailable": [{"name": "A", **EXACT}]}, [bad(f"{R}.firstAvailable[0].name", "A", LABEL)]),
    ],
    ids=lambda value: str(value)[:80],
)
def test_requests(request_, wrong):
    assert create(CLAIMS, claim(request_))[1] == wrong


E = f"{R}.exactly"


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"allocationMode": "All"}, []),
        ({"count": 5, "selectors": [{"cel": {"expression": "true"}}]}, []),
        (
            {"allocationMode": "All", "count": 2},
            [f"{E}.count: Invalid value: 2: must not be specified when allocationMode is 'All'"],
        ),
        ({"count": -1}, [f"{E}.count: Invalid value: -1: must be greater than zero"]),
        ({"allocationMode": "X"}, [f'{E}.allocationMode: Unsupported value: "X": supported values: "All", "ExactCount"']),
        ({"selectors": [{}]}, [f"{E}.selectors[0].cel: Required value"]),
        (
            {"selectors": [{"cel": {"expression": "a" * 10241}}]},
            [f"{E}.selectors[0].cel.expression: Too long: may not be more than 10240 bytes"],
        ),
        (
            {"selectors": [{"cel": {"expression": "true"}}] * 33},
            [f"{E}.selectors: Too many: 33: must have at most 32 items"],
        ),
        (
            {"tolerations": [{"operator": "Exists", "value": "v"}]},
            [bad(f"{E}.tolerations[0].value", "v", "must be empty for operator `Exists`")],
        ),
        ({"tolerations": [{}]}, [f"{E}.tolerations[0].key: Required value: must not be empty for operator `Equal`"]),
        ({"tolerations": [{"key": "a b"}]}, [bad(f"{E}.tolerations[0].key", "a b", KEY)]),
        ({"tolerations": [{"key": "a", "value": "b c"}]}, [bad(f"{E}.tolerations[0].value", "b c", VALUE)]),
        (
            {"tolerations": [{"operator": "X"}]},
            [f'{E}.tolerations[0].operator: Unsupported value: "X": supported values: "Equal", "Exists"'],
        ),
    ],
    ids=lambda value: str(value)[:80],
)
def test_one_kind_of_device(values, wrong):
    assert create(CLAIMS, exactly(**values))[1] == wrong


D = "spec.devices"
UNKNOWN = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"


@pytest.mark.parametrize(
    ("devices", "wrong"),
    [
        ({"constraints": [{"matchAttribute": "d.io/a"}, {"requests": ["r"], "distinctAttribute": "d.io/a"}]}, []),
        ({"config": [{"opaque": {"driver": "d.io", "parameters": {"a": 1}}}]}, []),
        ({"requests": [REQUEST, REQUEST]}, [f'{D}.requests[1]: Duplicate value: "r"']),
        (
            {"requests": [{"name": f"r{n}", "exactly": EXACT} for n in range(33)]},
            [f"{D}.requests: Too many: 33: must have at most 32 items"],
        ),
        (
            {"constraints": [{}]},
            [
                f'{D}.constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, '
                "but multiple fields are set"
            ],
        ),
        (
            {"constraints": [{"matchAttribute": "a"}]},
            [
                bad(
                    f"{D}.constraints[0].matchAttribute",
                    "a",
                    "a fully qualified name must be a domain and a name separated by a slash",
                )
            ],
        ),
        (
            {"constraints": [{"matchAttribute": "/a"}]},
            [bad(f"{D}.constraints[0].matchAttribute", "", "the domain must not be empty")],
        ),
        (
            {"constraints": [{"matchAttribute": "d.io/"}]},
            [bad(f"{D}.constraints[0].matchAttribute", "", "the name must not be empty")],
        ),
        (
            {"constraints": [{"matchAttribute": "d.io/a", "requests": ["q"]}]},
            [bad(f"{D}.constraints[0].requests[0]", "q", UNKNOWN)],
        ),
        (
            {"constraints": [{"matchAttribute": "d.io/a", "requests": ["r/s/t"]}]},
            [bad(f"{D}.constraints[0].requests[0]", "r/s/t", UNKNOWN)],
        ),
        (
            {"constraints": [{"matchAttribute": "d.io/a", "requests": ["r", "r"]}]},
            [f'{D}.constraints[0].requests[1]: Duplicate value: "r"'],
        ),
        ({"config": [{}]}, [f"{D}.config[0].opaque: Required value"]),
        (
            {"config": [{"opaque": {"driver": "d.io"}}]},
            [f"{D}.config[0].opaque.parameters: Required value"],
        ),
        (
            {"config": [{"opaque": {"driver": "d.io", "parameters": "x"}}]},
            [bad(f"{D}.config[0].opaque.parameters", "<value omitted>", "must be a valid JSON object")],
        ),
    ],
    ids=lambda value: str(value)[:80],
)
def test_devices(devices, wrong):
    assert create(CLAIMS, claim(**devices))[1] == wrong


def test_a_subrequest_is_named_after_its_request():
    body = claim({"name": "r", "firstAvailable": [{"name": "a", **EXACT}]})
    body["spec"]["devices"]["constraints"] = [{"matchAttribute": "d.io/a", "requests": ["r/a"]}]
    assert create(CLAIMS, body)[1] == []
    body["spec"]["devices"]["constraints"] = [{"matchAttribute": "d.io/a", "requests": ["r/b"]}]
    assert create(CLAIMS, body)[1] == [bad(f"{D}.constraints[0].requests[0]", "r/b", UNKNOWN)]


ALLOCATED = {"allocation": {"devices": {"results": [{"request": "r", "driver": "d.io", "pool": "p", "device": "d"}]}}}
USER = {"resource": "pods", "name": "p", "uid": "u"}


@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        (ALLOCATED, []),
        ({**ALLOCATED, "reservedFor": [USER]}, []),
        (
            {"reservedFor": [USER]},
            ["status.reservedFor: Forbidden: may not be specified when `allocated` is not set"],
        ),
        (
            {**ALLOCATED, "reservedFor": [{}]},
            [f"status.reservedFor[0].{key}: Required value" for key in ("resource", "name", "uid")],
        ),
        ({**ALLOCATED, "reservedFor": [USER, USER]}, ['status.reservedFor[1]: Duplicate value: "u"']),
        (
            {**ALLOCATED, "devices": [{"driver": "d.io", "pool": "p", "device": "e"}]},
            ["status.devices[0]: Forbidden: must be an allocated device in the claim"],
        ),
        (
            merged(ALLOCATED, {"allocation": {"devices": {"config": [{"opaque": {"driver": "d.io", "parameters": {}}}]}}}),
            ["status.allocation.devices.config[0].source: Required value"],
        ),
    ],
    ids=lambda value: str(value)[:80],
)
def test_status(status, wrong):
    old, _ = create(CLAIMS, claim())
    assert update(CLAIMS, old, {"status": status}, "status")[1] == wrong


def test_what_never_changes():
    old, _ = create(CLAIMS, claim())
    errors = update(CLAIMS, old, claim({"name": "s", "exactly": EXACT}))[1]
    assert len(errors) == 1
    assert errors[0].startswith("spec: Invalid value: ")
    assert errors[0].endswith(IMMUTABLE)
    old["status"] = ALLOCATED
    change = {"status": {"allocation": {"devices": {"results": []}}}}
    assert update(CLAIMS, old, change, "status")[1][0].startswith("status.allocation: Invalid value: ")
    template, errors = create(TEMPLATES, {"spec": claim()})
    assert errors == []
    assert update(TEMPLATES, template, {"spec": claim({"name": "s", "exactly": EXACT})})[1][0].endswith(IMMUTABLE)


def test_users_come_no_more_when_a_claim_goes():
    old, _ = create(CLAIMS, claim())
    old["status"] = {**ALLOCATED, "reservedFor": [USER]}
    old["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    other = {**USER, "uid": "v"}
    text = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"
    assert update(CLAIMS, old, {"status": {"reservedFor": []}}, "status")[1] == []
    assert update(CLAIMS, old, {"status": {"reservedFor": [USER, other]}}, "status")[1] == [
        f"status.reservedFor: Forbidden: {text}"
    ]


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({}, []),
        ({"extendedResourceName": "a.io/gpu", "selectors": [{"cel": {"expression": "true"}}]}, []),
        (
            {"extendedResourceName": "gpu"},
            [bad("spec.extendedResourceName", "gpu", "must be a valid extended resource name")],
        ),
        ({"config": [{}]}, ["spec.config[0].opaque: Required value"]),
        ({"selectors": [{}]}, ["spec.selectors[0].cel: Required value"]),
    ],
    ids=str,
)
def test_classes(spec, wrong):
    obj, errors = create(CLASSES, {"spec": spec})
    assert errors == wrong
    assert obj["metadata"]["generation"] == 1


@pytest.mark.parametrize(
    ("meta", "wrong"),
    [
        ({"labels": {"a b": "c"}}, bad("spec.metadata.labels", "a b", KEY)),
        ({"annotations": {"a b": "c"}}, bad("spec.metadata.annotations", "a b", KEY)),
    ],
    ids=str,
)
def test_metadata_of_a_template(meta, wrong):
    assert create(TEMPLATES, {"spec": {**claim(), "metadata": meta}})[1] == [wrong]
