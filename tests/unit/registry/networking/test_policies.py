"""Network policies: ports, peers, blocks of addresses, directions."""

import pytest
from messages import CIDR, KEY, PORT, VALUE, bad
from support import create, update

WHERE = "networking.k8s.io/v1/networkpolicies"


def policy(**spec):
    return {"spec": {"podSelector": {}, **spec}}


def with_port(**port):
    return policy(ingress=[{"ports": [port]}])


def with_block(cidr, *exceptions):
    block = {"cidr": cidr, **({"except": list(exceptions)} if exceptions else {})}
    return policy(egress=[{"to": [{"ipBlock": block}]}])


HERE, BLOCK = "spec.ingress[0].ports[0]", "spec.egress[0].to[0].ipBlock"


@pytest.mark.parametrize(
    ("spec", "types"),
    [
        ({}, ["Ingress"]),
        ({"ingress": []}, ["Ingress"]),
        ({"egress": [{}]}, ["Ingress", "Egress"]),
        ({"egress": []}, ["Ingress"]),
        ({"policyTypes": ["Egress"]}, ["Egress"]),
        ({"policyTypes": [], "egress": [{}]}, ["Ingress", "Egress"]),
    ],
    ids=str,
)
def test_directions_follow_from_the_rules(spec, types):
    obj, errors = create(WHERE, policy(**spec))
    assert errors == []
    assert obj["spec"]["policyTypes"] == types


def test_what_is_filled_in():
    obj, errors = create(WHERE, {"spec": {"ingress": [{"ports": [{"port": 80}, {}]}]}})
    assert errors == []
    assert obj["spec"]["podSelector"] == {}
    assert obj["spec"]["ingress"] == [{"ports": [{"port": 80, "protocol": "TCP"}, {"protocol": "TCP"}]}]
    assert obj["metadata"]["generation"] == 1


@pytest.mark.parametrize(
    "body",
    [
        with_port(port=1, endPort=65535),
        with_port(port=80, endPort=80),
        with_port(port="http"),
        with_port(protocol="UDP"),
        with_port(protocol="SCTP"),
        policy(ingress=[{"from": [{"podSelector": {}, "namespaceSelector": {}}]}]),
        policy(ingress=[{"from": [{"namespaceSelector": {"matchLabels": {"a": "b"}}}]}]),
        with_block("10.0.0.0/8", "10.1.0.0/16", "10.2.3.4/32"),
        with_block("2001:db8::/32", "2001:db8:1::/48"),
        with_block("0.0.0.0/0"),
    ],
    ids=str,
)
def test_good(body):
    assert create(WHERE, body)[1] == []


@pytest.mark.parametrize(
    ("port", "wrong"),
    [
        ({"protocol": "X"}, f'{HERE}.protocol: Unsupported value: "X": supported values: "TCP", "UDP", "SCTP"'),
        ({"port": 0}, f"{HERE}.port: Invalid value: 0: {PORT}"),
        ({"port": 65536}, f"{HERE}.port: Invalid value: 65536: {PORT}"),
        (
            {"port": "a b"},
            bad(f"{HERE}.port", "a b", "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"),
        ),
        ({"port": "1"}, bad(f"{HERE}.port", "1", "must contain at least one letter (a-z)")),
        ({"endPort": 1}, f"{HERE}.endPort: Invalid value: 1: may not be specified when `port` is not specified"),
        (
            {"port": "http", "endPort": 1},
            f"{HERE}.endPort: Invalid value: 1: may not be specified when `port` is non-numeric",
        ),
        # The value shown is that of the port.
        ({"port": 80, "endPort": 79}, f"{HERE}.endPort: Invalid value: 80: must be greater than or equal to `port`"),
        ({"port": 80, "endPort": 70000}, f"{HERE}.endPort: Invalid value: 70000: {PORT}"),
    ],
    ids=str,
)
def test_wrong_port(port, wrong):
    assert create(WHERE, with_port(**port))[1] == [wrong]


@pytest.mark.parametrize(
    ("peer", "wrong"),
    [
        ({}, "spec.ingress[0].from[0]: Required value: must specify a peer"),
        (
            {"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}},
            "spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer",
        ),
        ({"podSelector": {"matchLabels": {"a b": "c"}}}, bad("spec.ingress[0].from[0].podSelector.matchLabels", "a b", KEY)),
        (
            {"namespaceSelector": {"matchLabels": {"a": "c d"}}},
            bad("spec.ingress[0].from[0].namespaceSelector.matchLabels", "c d", VALUE),
        ),
        (
            {"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}},
            "spec.ingress[0].from[0].podSelector.matchExpressions[0].values: Required value: "
            "must be specified when `operator` is 'In' or 'NotIn'",
        ),
        (
            {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}},
            "spec.ingress[0].from[0].podSelector.matchExpressions[0].values: Forbidden: "
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
        (
            {"podSelector": {"matchExpressions": [{"key": "a", "operator": "X"}]}},
            bad("spec.ingress[0].from[0].podSelector.matchExpressions[0].operator", "X", "not a valid selector operator"),
        ),
    ],
    ids=str,
)
def test_wrong_peer(peer, wrong):
    assert create(WHERE, policy(ingress=[{"from": [peer]}]))[1] == [wrong]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (with_block(""), f"{BLOCK}.cidr: Required value"),
        (with_block("10.0.0.0"), bad(f"{BLOCK}.cidr", "10.0.0.0", CIDR)),
        (with_block("10.0.0.0/33"), bad(f"{BLOCK}.cidr", "10.0.0.0/33", CIDR)),
        (with_block("10.0.0.0/08"), bad(f"{BLOCK}.cidr", "10.0.0.0/08", CIDR)),
        (with_block("010.0.0.0/8"), bad(f"{BLOCK}.cidr", "010.0.0.0/8", "must not have leading 0s in IP")),
        (
            with_block("10.0.0.1/8"),
            bad(
                f"{BLOCK}.cidr",
                "10.0.0.1/8",
                'must not have bits set beyond the prefix length (e.g., "10.0.0.0/8" is valid)',
            ),
        ),
        (with_block("10.0.0.0/8", "x"), bad(f"{BLOCK}.except[0]", "x", CIDR)),
        (
            with_block("10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/16"),
            bad(f"{BLOCK}.except[1]", "11.0.0.0/16", "must be a strict subset of `cidr`"),
        ),
        (
            with_block("10.0.0.0/8", "10.0.0.0/8"),
            bad(f"{BLOCK}.except[0]", "10.0.0.0/8", "must be a strict subset of `cidr`"),
        ),
        (
            with_block("10.0.0.0/8", "2001:db8::/32"),
            bad(f"{BLOCK}.except[0]", "2001:db8::/32", "must be a strict subset of `cidr`"),
        ),
    ],
    ids=str,
)
def test_wrong_block(body, wrong):
    assert create(WHERE, body)[1] == [wrong]


def test_wrong_directions():
    wrong = 'spec.policyTypes[1]: Unsupported value: "X": supported values: "Ingress", "Egress"'
    assert create(WHERE, policy(policyTypes=["Ingress", "X"]))[1] == [wrong]
    text = "may not specify more than two policyTypes"
    three = ["Ingress", "Egress", "X"]
    assert create(WHERE, policy(policyTypes=three))[1] == [
        f'spec.policyTypes: Invalid value: ["Ingress","Egress","X"]: {text}'
    ]


def test_generation_counts_changes():
    old, _ = create(WHERE, policy())
    assert update(WHERE, old, {"spec": {"policyTypes": ["Egress"]}})[0]["metadata"]["generation"] == 2
    assert update(WHERE, old, {"metadata": {"annotations": {"a": "b"}}})[0]["metadata"]["generation"] == 1


def test_addresses_that_were_there_may_stay_in_an_unusual_form():
    old, _ = create(WHERE, with_block("10.0.0.0/8"))
    old["spec"]["egress"][0]["to"][0]["ipBlock"]["cidr"] = "010.0.0.0/8"
    assert update(WHERE, old, {"metadata": {"labels": {"a": "b"}}})[1] == []
    other = {"spec": {"egress": [{"to": [{"ipBlock": {"cidr": "011.0.0.0/8"}}]}]}}
    assert update(WHERE, old, other)[1] == [bad(f"{BLOCK}.cidr", "011.0.0.0/8", "must not have leading 0s in IP")]
