"""Services: ports, kinds of address, balancers, traffic."""

import pytest
from messages import IP, KEY, LABEL, PORT, SUBDOMAIN, bad
from support import create, merged, update

WHERE = "v1/services"
GOOD = {"spec": {"ports": [{"port": 80}]}}
BALANCER = {"type": "LoadBalancer"}
TYPES = '"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'
ONLY_BALANCERS = "may only be used when `type` is 'LoadBalancer'"


def with_ports(*ports, **spec):
    return {"spec": {"ports": list(ports), **spec}}


@pytest.mark.parametrize(
    ("spec", "filled"),
    [
        ({}, {"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster"}),
        ({}, {"ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}]}),
        ({"type": "NodePort"}, {"externalTrafficPolicy": "Cluster"}),
        (BALANCER, {"allocateLoadBalancerNodePorts": True, "externalTrafficPolicy": "Cluster"}),
        ({"type": "ExternalName", "externalName": "a.b"}, {"internalTrafficPolicy": None, "externalTrafficPolicy": None}),
        ({"sessionAffinity": "ClientIP"}, {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}}}),
    ],
    ids=str,
)
def test_what_is_filled_in(spec, filled):
    obj, errors = create(WHERE, merged(GOOD, {"spec": spec}))
    assert errors == []
    assert {key: obj["spec"].get(key) for key in filled} == filled
    assert obj["status"] == {"loadBalancer": {}}


@pytest.mark.parametrize(
    ("ports", "wrong"),
    [
        ([], ["spec.ports: Required value"]),
        # The target port is filled in with the port.
        (
            [{"port": 0}],
            [f"spec.ports[0].port: Invalid value: 0: {PORT}", f"spec.ports[0].targetPort: Invalid value: 0: {PORT}"],
        ),
        ([{"port": 65536, "targetPort": 1}], [f"spec.ports[0].port: Invalid value: 65536: {PORT}"]),
        ([{"port": 1, "targetPort": 65536}], [f"spec.ports[0].targetPort: Invalid value: 65536: {PORT}"]),
        (
            [{"port": 1, "targetPort": "1"}],
            [bad("spec.ports[0].targetPort", "1", "must contain at least one letter (a-z)")],
        ),
        ([{"port": 1, "name": "A"}], [bad("spec.ports[0].name", "A", LABEL)]),
        (
            [{"port": 1, "protocol": "X"}],
            ['spec.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"'],
        ),
        ([{"port": 1, "appProtocol": "a b"}], [bad("spec.ports[0].appProtocol", "a b", KEY)]),
        ([{"port": 1}, {"port": 2}], ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"]),
        (
            [{"name": "a", "port": 1}, {"name": "a", "port": 2}],
            ['spec.ports[1].name: Duplicate value: "a"'],
        ),
        ([{"name": "a", "port": 1}, {"name": "b", "port": 1, "protocol": "UDP"}], []),
        (
            [{"name": "a", "port": 1}, {"name": "b", "port": 1}],
            [
                'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":1,"TargetPort":0,'
                '"NodePort":0}'
            ],
        ),
        (
            [{"port": 1, "nodePort": 30000}],
            ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
        ),
    ],
    ids=str,
)
def test_ports(ports, wrong):
    assert create(WHERE, with_ports(*ports))[1] == wrong


def test_headless_services_need_no_ports():
    assert create(WHERE, {"spec": {"clusterIP": "None"}})[1] == []


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({"type": "X"}, [f'spec.type: Unsupported value: "X": supported values: {TYPES}']),
        ({"type": "ExternalName"}, ["spec.externalName: Required value"]),
        ({"type": "ExternalName", "externalName": "A"}, [bad("spec.externalName", "A", SUBDOMAIN)]),
        ({"type": "ExternalName", "externalName": "a.b."}, []),
        ({"selector": {"a b": "c"}}, [bad("spec.selector", "a b", KEY)]),
        ({"externalIPs": ["x"]}, [bad("spec.externalIPs[0]", "x", IP)]),
        (
            {"externalIPs": ["127.0.0.1"]},
            [bad("spec.externalIPs[0]", "127.0.0.1", "may not be in the loopback range (127.0.0.0/8, ::1/128)")],
        ),
        (
            {"sessionAffinity": "X"},
            ['spec.sessionAffinity: Unsupported value: "X": supported values: "ClientIP", "None"'],
        ),
        (
            {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86401}}},
            [
                "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: "
                "must be greater than 0 and less than 86400"
            ],
        ),
        (
            {"loadBalancerSourceRanges": ["10.0.0.0/8"]},
            [f"spec.LoadBalancerSourceRanges: Forbidden: {ONLY_BALANCERS}"],
        ),
        ({**BALANCER, "loadBalancerSourceRanges": [" 10.0.0.0/8 "]}, []),
        ({"loadBalancerClass": "a.io/b"}, [f"spec.loadBalancerClass: Forbidden: {ONLY_BALANCERS}"]),
        (
            {"allocateLoadBalancerNodePorts": False},
            [f"spec.allocateLoadBalancerNodePorts: Forbidden: {ONLY_BALANCERS}"],
        ),
        (
            {"externalTrafficPolicy": "Local"},
            [bad("spec.externalTrafficPolicy", "Local", "may only be set for externally-accessible services")],
        ),
        (
            {"healthCheckNodePort": 30000},
            [
                "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is 'LoadBalancer' and "
                "`externalTrafficPolicy` is 'Local'"
            ],
        ),
        (
            {"internalTrafficPolicy": "X"},
            ['spec.internalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"'],
        ),
        (
            {"trafficDistribution": "X"},
            [
                'spec.trafficDistribution: Unsupported value: "X": supported values: "PreferClose", "PreferSameNode", '
                '"PreferSameZone"'
            ],
        ),
    ],
    ids=str,
)
def test_specification(spec, wrong):
    assert create(WHERE, merged(GOOD, {"spec": spec}))[1] == wrong


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_headless_services_are_not_reached_from_outside(kind):
    errors = create(WHERE, merged(GOOD, {"spec": {"type": kind, "clusterIP": "None"}}))[1]
    assert bad("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services") in errors


HERE = "status.loadBalancer.ingress[0]"


@pytest.mark.parametrize(
    ("ingress", "wrong"),
    [
        ({"ip": "10.0.0.1"}, []),
        ({"ip": "10.0.0.1", "ipMode": "Proxy"}, []),
        ({"hostname": "a.b"}, []),
        ({"ip": "x"}, [bad(f"{HERE}.ip", "x", IP)]),
        ({"ipMode": "VIP"}, [f"{HERE}.ipMode: Forbidden: may not be specified when `ip` is not set"]),
        (
            {"ip": "10.0.0.1", "ipMode": "X"},
            [f'{HERE}.ipMode: Unsupported value: "X": supported values: "Proxy", "VIP"'],
        ),
        ({"hostname": "10.0.0.1"}, [bad(f"{HERE}.hostname", "10.0.0.1", "must be a DNS name, not an IP address")]),
    ],
    ids=str,
)
def test_status_of_balancers(ingress, wrong):
    old, errors = create(WHERE, merged(GOOD, {"spec": BALANCER}))
    assert errors == []
    change = {"status": {"loadBalancer": {"ingress": [ingress]}}}
    assert update(WHERE, old, change)[0]["status"] == {"loadBalancer": {}}
    assert update(WHERE, old, change, "status")[1] == wrong


def test_only_balancers_have_such_a_status():
    old, _ = create(WHERE, GOOD)
    change = {"status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}}
    wrong = "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"
    assert update(WHERE, old, change, "status")[1] == [wrong]


ALIAS = {"spec": {"type": "ExternalName", "externalName": "a.b"}}


def test_aliases_show_no_internal_policy():
    obj, errors = create(WHERE, {"spec": {**ALIAS["spec"], "internalTrafficPolicy": "Local"}})
    assert errors == []
    assert "internalTrafficPolicy" not in obj["spec"]
    changed, errors = update(WHERE, create(WHERE, GOOD)[0], ALIAS)
    assert errors == []
    assert "internalTrafficPolicy" not in changed["spec"]
    _, errors = create(WHERE, {"spec": {**ALIAS["spec"], "internalTrafficPolicy": "x"}})
    assert errors == ['spec.internalTrafficPolicy: Unsupported value: "x": supported values: "Cluster", "Local"']


def test_ports_of_nodes_go_with_the_type():
    ports = [{"name": "a", "port": 80, "nodePort": 30001}, {"name": "b", "port": 81, "nodePort": 30002}]
    balancer = {"spec": {**BALANCER, "allocateLoadBalancerNodePorts": False, "ports": ports}}
    change = {"spec": {"type": "ClusterIP", "ports": ports[:1]}}
    changed, errors = update(WHERE, create(WHERE, balancer)[0], change)
    assert errors == []
    assert "nodePort" not in changed["spec"]["ports"][0]
