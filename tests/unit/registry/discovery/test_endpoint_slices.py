"""Endpoint slices: addresses of each family, names of ports, hints."""

import pytest
from messages import IMMUTABLE, IP, KEY, LABEL, SUBDOMAIN, VALUE, bad
from support import REGISTRY, create, resource, update

WHERE = "discovery.k8s.io/v1/endpointslices"


def slice_of(kind, *addresses, **values):
    return {"addressType": kind, "endpoints": [{"addresses": list(addresses), **values}]}


def test_what_is_filled_in():
    obj, errors = create(WHERE, {**slice_of("IPv4", "10.0.0.1"), "ports": [{"port": 80}]})
    assert errors == []
    assert obj["ports"] == [{"name": "", "port": 80, "protocol": "TCP"}]
    assert obj["endpoints"] == [{"addresses": ["10.0.0.1"], "conditions": {}}]
    assert obj["metadata"]["generation"] == 1
    assert create(WHERE, {"addressType": "IPv6"})[0]["endpoints"] is None


ADDRESS = "endpoints[0].addresses[0]"


@pytest.mark.parametrize(
    ("kind", "address", "wrong"),
    [
        ("IPv4", "10.0.0.1", []),
        ("IPv6", "2001:db8::1", []),
        ("FQDN", "example.com", []),
        ("FQDN", "example.com.", []),
        ("IPv4", "x", [bad(ADDRESS, "x", IP)]),
        ("IPv4", "10.0.0.01", [bad(ADDRESS, "10.0.0.01", "must not have leading 0s")]),
        ("IPv4", "2001:db8::1", [bad(ADDRESS, "2001:db8::1", "must be an IPv4 address")]),
        ("IPv6", "10.0.0.1", [bad(ADDRESS, "10.0.0.1", "must be an IPv6 address")]),
        ("IPv4", "0.0.0.0", [bad(ADDRESS, "0.0.0.0", "may not be unspecified (0.0.0.0)")]),
        ("IPv6", "::", [bad(ADDRESS, "::", "may not be unspecified (::)")]),
        ("IPv4", "127.1.2.3", [bad(ADDRESS, "127.1.2.3", "may not be in the loopback range (127.0.0.0/8, ::1/128)")]),
        ("IPv6", "::1", [bad(ADDRESS, "::1", "may not be in the loopback range (127.0.0.0/8, ::1/128)")]),
        (
            "IPv4",
            "169.254.1.1",
            [bad(ADDRESS, "169.254.1.1", "may not be in the link-local range (169.254.0.0/16, fe80::/10)")],
        ),
        ("IPv6", "fe80::1", [bad(ADDRESS, "fe80::1", "may not be in the link-local range (169.254.0.0/16, fe80::/10)")]),
        (
            "IPv4",
            "224.0.0.1",
            [bad(ADDRESS, "224.0.0.1", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")],
        ),
        (
            "IPv6",
            "ff02::1",
            [bad(ADDRESS, "ff02::1", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")],
        ),
        ("FQDN", "", [f"{ADDRESS}: Required value"]),
        ("FQDN", "A.com", [bad(ADDRESS, "A.com", SUBDOMAIN)]),
        ("FQDN", "host", [bad(ADDRESS, "host", "should be a domain with at least two segments separated by dots")]),
        ("FQDN", "a" * 64 + ".b", [bad(ADDRESS, "a" * 64, "must be no more than 63 characters")]),
    ],
)
def test_addresses(kind, address, wrong):
    assert create(WHERE, slice_of(kind, address))[1] == wrong


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["addressType: Required value"]),
        ({"addressType": "X"}, ['addressType: Unsupported value: "X": supported values: "FQDN", "IPv4", "IPv6"']),
        (slice_of("IPv4"), ["endpoints[0].addresses: Required value: must contain at least 1 address"]),
        (
            slice_of("IPv4", *[f"10.0.0.{n}" for n in range(1, 102)]),
            ["endpoints[0].addresses: Too many: 101: must have at most 100 items"],
        ),
        (
            {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}] * 1001},
            ["endpoints: Too many: 1001: must have at most 1000 items"],
        ),
        (slice_of("IPv4", "10.0.0.1", hostname="A"), [bad("endpoints[0].hostname", "A", LABEL)]),
        (slice_of("IPv4", "10.0.0.1", nodeName="N"), [bad("endpoints[0].nodeName", "N", SUBDOMAIN)]),
        (
            slice_of("IPv4", "10.0.0.1", deprecatedTopology={f"k{n}": "v" for n in range(17)}),
            ["endpoints[0].deprecatedTopology: Too many: 17: must have at most 16 items"],
        ),
        (
            slice_of("IPv4", "10.0.0.1", deprecatedTopology={"k": "a b"}),
            [bad("endpoints[0].deprecatedTopology", "a b", VALUE)],
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_slices(body, wrong):
    assert create(WHERE, body)[1] == wrong


HINTS = "endpoints[0].hints"


@pytest.mark.parametrize(
    ("hints", "wrong"),
    [
        ({"forZones": [{"name": "a"}, {"name": "b"}], "forNodes": [{"name": "n"}]}, []),
        ({"forZones": [{"name": "a"}, {"name": "a"}]}, [f'{HINTS}.forZones[1].name: Duplicate value: "a"']),
        ({"forZones": [{"name": "a b"}]}, [bad(f"{HINTS}.forZones[0].name", "a b", VALUE)]),
        (
            {"forZones": [{"name": str(n)} for n in range(9)]},
            [f"{HINTS}.forZones: Too many: 9: must have at most 8 items"],
        ),
        ({"forNodes": [{"name": "N"}]}, [bad(f"{HINTS}.forNodes[0].name", "N", SUBDOMAIN)]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_hints(hints, wrong):
    assert create(WHERE, slice_of("IPv4", "10.0.0.1", hints=hints))[1] == wrong


@pytest.mark.parametrize(
    ("ports", "wrong"),
    [
        ([{"name": "a"}, {"name": "b"}], []),
        ([{"port": 1}, {"port": 2}], ['ports[1].name: Duplicate value: ""']),
        ([{"name": "a"}, {"name": "a"}], ['ports[1].name: Duplicate value: "a"']),
        ([{"name": "A"}], [bad("ports[0].name", "A", LABEL)]),
        ([{"protocol": "X"}], ['ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"']),
        ([{"appProtocol": "kubernetes.io/h2c"}], []),
        ([{"appProtocol": "a b"}], [bad("ports[0].appProtocol", "a b", KEY)]),
    ],
    ids=str,
)
def test_ports(ports, wrong):
    assert create(WHERE, {"addressType": "IPv4", "ports": ports})[1] == wrong


def test_the_family_never_changes():
    old, _ = create(WHERE, {"addressType": "IPv4"})
    assert update(WHERE, old, {"addressType": "IPv6"})[1] == [bad("addressType", "IPv6", IMMUTABLE)]


@pytest.mark.parametrize(
    ("change", "generation"),
    [
        ({"ports": [{"port": 1}]}, 2),
        ({"endpoints": [{"addresses": ["10.0.0.1"]}]}, 2),
        ({"metadata": {"labels": {"a": "b"}}}, 2),
        ({"metadata": {"annotations": {"a": "b"}}}, 1),
    ],
    ids=str,
)
def test_generation(change, generation):
    old, _ = create(WHERE, {"addressType": "IPv4"})
    assert update(WHERE, old, change)[0]["metadata"]["generation"] == generation


def test_domain_names_are_warned_of():
    kind = resource(WHERE)
    assert REGISTRY.warnings(kind, slice_of("FQDN", "a.b"), None) == ["addressType: FQDN endpoints are deprecated"]
    assert REGISTRY.warnings(kind, slice_of("IPv4", "10.0.0.1"), None) == []
