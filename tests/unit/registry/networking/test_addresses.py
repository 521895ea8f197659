"""Networks of services and the addresses in use."""

import pytest
from messages import CIDR, IMMUTABLE, IP, SUBDOMAIN, bad
from support import create, update

CIDRS = "networking.k8s.io/v1/servicecidrs"
ADDRESSES = "networking.k8s.io/v1/ipaddresses"
PARENT = {"resource": "services", "namespace": "a", "name": "s"}


@pytest.mark.parametrize(
    ("cidrs", "wrong"),
    [
        (["10.0.0.0/24"], []),
        (["10.0.0.0/24", "2001:db8::/64"], []),
        ([], ["spec.cidrs: Required value: at least one CIDR required"]),
        (
            ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"],
            [
                'spec.cidrs: Invalid value: {"CIDRs":["10.0.0.0/24","10.0.1.0/24","10.0.2.0/24"]}: '
                "may only hold up to 2 values"
            ],
        ),
        (
            ["10.0.0.0/24", "10.0.1.0/24"],
            [
                'spec.cidrs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one IP for each IP '
                "family, i.e 192.168.0.0/24 and 2001:db8::/64"
            ],
        ),
        (["x"], [bad("spec.cidrs[0]", "x", CIDR)]),
        (["2001:DB8::/64"], ['spec.cidrs[0]: Invalid value: "2001:DB8::/64": must be in canonical form ("2001:db8::/64")']),
    ],
    ids=str,
)
def test_networks(cidrs, wrong):
    assert create(CIDRS, {"spec": {"cidrs": cidrs}})[1] == wrong


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        (["10.0.0.0/24"], ["10.0.0.0/24", "2001:db8::/64"], []),
        (["10.0.0.0/24"], ["10.0.1.0/24"], [bad("spec.cidrs[0]", "10.0.1.0/24", IMMUTABLE)]),
        (
            ["10.0.0.0/24", "2001:db8::/64"],
            ["10.0.0.0/24"],
            [f'spec.cidrs: Invalid value: ["10.0.0.0/24"]: {IMMUTABLE}'],
        ),
        (
            ["10.0.0.0/24"],
            ["10.0.1.0/24", "2001:db8::/64"],
            [bad("spec.cidrs[0]", "10.0.1.0/24", IMMUTABLE)],
        ),
    ],
    ids=str,
)
def test_networks_only_grow_to_the_other_family(before, after, wrong):
    old, _ = create(CIDRS, {"spec": {"cidrs": before}})
    assert update(CIDRS, old, {"spec": {"cidrs": after}})[1] == wrong


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("10.0.0.1", []),
        ("2001:db8::1", []),
        ("x", [bad("metadata.name", "x", IP)]),
        ("010.0.0.1", [bad("metadata.name", "010.0.0.1", "must not have leading 0s")]),
        ("2001:DB8::1", ['metadata.name: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")']),
    ],
)
def test_an_address_is_named_by_itself(name, wrong):
    assert create(ADDRESSES, {"metadata": {"name": name}, "spec": {"parentRef": PARENT}})[1] == wrong


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({}, ["spec.parentRef: Required value"]),
        ({"parentRef": {}}, ["spec.parentRef.resource: Required value", "spec.parentRef.name: Required value"]),
        ({"parentRef": {**PARENT, "group": "A"}}, [bad("spec.parentRef.group", "A", SUBDOMAIN)]),
        ({"parentRef": {**PARENT, "namespace": "a/b"}}, [bad("spec.parentRef.namespace", "a/b", "may not contain '/'")]),
        ({"parentRef": {**PARENT, "name": "."}}, [bad("spec.parentRef.name", ".", "may not be '.'")]),
    ],
    ids=str,
)
def test_parents(spec, wrong):
    assert create(ADDRESSES, {"metadata": {"name": "10.0.0.1"}, "spec": spec})[1] == wrong


def test_the_parent_never_changes():
    old, _ = create(ADDRESSES, {"metadata": {"name": "10.0.0.1"}, "spec": {"parentRef": PARENT}})
    shown = '{"Group":"","Resource":"services","Namespace":"a","Name":"t"}'
    wrong = f"spec.parentRef: Invalid value: {shown}: {IMMUTABLE}"
    assert update(ADDRESSES, old, {"spec": {"parentRef": {"name": "t"}}})[1] == [wrong]
