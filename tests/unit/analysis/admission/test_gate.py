"""The way of a write through `kubegate admit`: order of the steps, state, pods of workloads, what each step changed."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
import yaml

from kubegate.api.user import MASTERS, User
from kubegate.bundle.load import load
from kubegate.compose.admit import AdmitOptions, build_gate
from kubegate.compose.dry_run import DryRunOptions, build_engine
from kubegate.config.admission import AdmissionOptions
from kubegate.errors import InvalidInput

ADMIN = User.of("kubernetes-admin", [MASTERS])
POD = {"containers": [{"name": "c", "image": "registry.example.org/web:1"}]}
BARE = {"containers": [{"name": "c"}]}


def thing(kind: str, name: str = "web", namespace: str = "shop", api: str = "v1", **fields):
    meta = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": api, "kind": kind, "metadata": meta, **fields}


def pod(name: str = "web", namespace: str = "shop", **spec):
    return thing("Pod", name, namespace, spec={**POD, **spec})


def deployment(name: str = "web", **spec):
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {**POD, **spec}}
    return thing("Deployment", name, api="apps/v1", spec={"selector": {"matchLabels": labels}, "template": template})


def shop(**labels: str):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}}


def enforce(level: str):
    return shop(**{"pod-security.kubernetes.io/enforce": level})


def quota(**hard: str):
    return thing("ResourceQuota", "compute", spec={"hard": hard})


class Desk:
    """State and subjects as files, and the gate over them."""

    def __init__(self, folder: Path):
        self.folder = folder

    def judge(self, *subjects, state=(), user=ADMIN, **options):
        (self.folder / "state.yaml").write_text(yaml.safe_dump_all(state))
        (self.folder / "subjects.yaml").write_text(yaml.safe_dump_all(subjects))
        engine = build_engine(DryRunOptions(filenames=[str(self.folder / "state.yaml")]))
        loaded = load([str(self.folder / "subjects.yaml")], default_namespace="default").state
        with_pods = options.pop("pods", True)
        gate = build_gate(AdmitOptions(**options), engine, loaded)
        return [gate.judge(subject, user, with_pods=with_pods) for subject in loaded]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def refusals(judgements):
    return [(found.refused_by, found.refusal.message) for found in judgements if found.refusal]


class TestOrder:
    def test_decoding_comes_first(self, desk: Desk):
        [found] = desk.judge(thing("Pod", spec={**POD, "hostNetwrk": True}), state=[enforce("restricted")])
        assert found.refused_by == "decoding"
        assert "spec.hostNetwrk" in found.refusal.message

    def test_mutating_plugins_come_before_validation(self, desk: Desk):
        [found] = desk.judge(thing("Pod", spec={**BARE, "priorityClassName": "none"}))
        assert refusals([found]) == [("Priority", 'pods "web" is forbidden: no PriorityClass with name none was found')]

    def test_validation_comes_before_validating_plugins(self, desk: Desk):
        [found] = desk.judge(thing("Pod", spec=BARE), state=[enforce("restricted")])
        assert found.refused_by == "validation"
        assert "spec.containers[0].image: Required value" in found.refusal.message

    def test_validating_plugins_see_what_was_defaulted(self, desk: Desk):
        [found] = desk.judge(pod(), state=[quota(**{"requests.cpu": "1"})])
        assert found.refused_by == "ResourceQuota"
        assert "must specify requests.cpu" in found.refusal.message

    def test_unknown_fields_may_only_warn(self, desk: Desk):
        [found] = desk.judge(thing("Pod", spec={**POD, "hostNetwrk": True}), field_validation="Warn")
        assert found.admitted
        assert found.warnings == ['unknown field "spec.hostNetwrk"']


class TestState:
    def test_what_is_admitted_counts_for_the_next(self, desk: Desk):
        first, second = desk.judge(pod("a"), pod("b"), state=[quota(pods="1")])
        assert first.admitted
        assert second.refused_by == "ResourceQuota"
        assert "used: pods=1, limited: pods=1" in second.refusal.message

    def test_what_is_refused_does_not_count(self, desk: Desk):
        state = [quota(pods="1"), enforce("baseline")]
        refused, admitted = desk.judge(pod("a", hostNetwork=True), pod("b"), state=state)
        assert not refused.admitted
        assert admitted.admitted

    def test_quotas_are_counted_over_the_state(self, desk: Desk):
        [found] = desk.judge(pod("b"), state=[quota(pods="1"), pod("a")])
        assert found.refused_by == "ResourceQuota"

    def test_a_given_status_of_a_quota_is_kept(self, desk: Desk):
        full = {**quota(pods="5"), "status": {"hard": {"pods": "5"}, "used": {"pods": "5"}}}
        [found] = desk.judge(pod(), state=[full])
        assert "used: pods=5, limited: pods=5" in found.refusal.message

    def test_an_object_of_the_state_is_updated(self, desk: Desk):
        changed = pod()
        changed["spec"]["containers"] = [{"name": "other", "image": "i"}]
        [found] = desk.judge(changed, state=[pod()])
        assert found.operation == "UPDATE"
        assert found.refused_by == "validation"
        assert "pod updates may not change fields other than" in found.refusal.message

    def test_namespaces_that_are_used_exist(self, desk: Desk):
        [found] = desk.judge(pod(namespace="undeclared"))
        assert found.admitted
        assert found.result["spec"]["serviceAccountName"] == "default"

    def test_unless_that_is_forbidden(self, desk: Desk):
        [found] = desk.judge(pod(namespace="undeclared"), strict_namespaces=True)
        assert refusals([found]) == [("NamespaceLifecycle", 'namespaces "undeclared" not found')]

    def test_a_namespace_being_deleted_takes_nothing(self, desk: Desk):
        dying = shop()
        dying["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        [found] = desk.judge(pod(), state=[dying])
        assert found.refused_by == "NamespaceLifecycle"
        assert "because it is being terminated" in found.refusal.message

    def test_a_kind_without_definition_is_an_error(self, desk: Desk):
        with pytest.raises(InvalidInput, match="the API has no kind"):
            desk.judge(thing("Widget", api="example.org/v1"))


class TestPods:
    def test_a_workload_is_judged_by_the_pod_it_would_make(self, desk: Desk):
        [found] = desk.judge(deployment(hostNetwork=True), state=[enforce("baseline")])
        assert found.refusal is None
        assert not found.admitted
        assert found.pods[0].refused_by == "PodSecurity"
        assert "host namespaces (hostNetwork=true)" in found.pods[0].refusal.message
        assert found.pods[0].decided_by == "Namespace shop"

    def test_without_pods(self, desk: Desk):
        [found] = desk.judge(deployment(hostNetwork=True), state=[enforce("baseline")], pods=False)
        assert found.admitted
        assert found.pods == []

    def test_the_pod_of_a_workload_uses_up_nothing(self, desk: Desk):
        first, second = desk.judge(deployment("a"), deployment("b"), state=[quota(pods="1")])
        assert first.admitted
        assert second.admitted

    def test_the_controller_creates_it(self, desk: Desk):
        """A user's rights do not matter for the pods: the replica set controller is exempted here, not the user."""
        [found] = desk.judge(
            deployment(hostNetwork=True), state=[enforce("baseline")], admission=exempting(desk, CONTROLLER)
        )
        assert found.admitted

    def test_an_object_that_makes_none(self, desk: Desk):
        [found] = desk.judge(thing("ConfigMap"))
        assert found.pods == []


REST = ["Priority", "DefaultTolerationSeconds", "preparation"]
CONTROLLER = "system:serviceaccount:kube-system:replicaset-controller"


def exempting(desk: Desk, user: str) -> AdmissionOptions:
    plugin = {
        "name": "PodSecurity",
        "configuration": {
            "apiVersion": "pod-security.admission.config.k8s.io/v1",
            "kind": "PodSecurityConfiguration",
            "exemptions": {"usernames": [user]},
        },
    }
    kind = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration", "plugins": [plugin]}
    file = desk.folder / "admission.conf"
    file.write_text(yaml.safe_dump(kind))
    return AdmissionOptions(admission_control_config_file=str(file))


class TestChanges:
    def test_each_plugin_shows_what_it_changed(self, desk: Desk):
        [found] = desk.judge(pod())
        changed = {change.plugin: change.patch for change in found.changes}
        assert list(changed) == ["decoding", "defaulting", "ServiceAccount", *REST]
        assert {step["path"] for step in changed["Priority"]} >= {"/spec/priority", "/spec/preemptionPolicy"}
        assert [step["path"] for step in changed["DefaultTolerationSeconds"]] == ["/spec/tolerations"]

    def test_changes_lead_from_the_object_to_the_result(self, desk: Desk):
        import jsonpatch

        [found] = desk.judge(pod())
        obj = pod()
        for change in found.changes:
            obj = jsonpatch.apply_patch(obj, change.patch)
        made = ("uid", "creationTimestamp", "generation")
        assert {k: v for k, v in obj["metadata"].items() if k not in made} == {"name": "web", "namespace": "shop"}
        assert obj["spec"] == found.result["spec"]

    def test_no_trace_no_changes(self, desk: Desk):
        [found] = desk.judge(pod(), trace=False)
        assert found.changes == []
        assert found.result["spec"]["tolerations"]

    def test_the_given_object_stays_as_it_is(self, desk: Desk):
        [found] = desk.judge(pod())
        assert found.subject["spec"] == POD


class TestDeciders:
    def place(self, found):
        return found.decided_by, Path(found.decided_at.file).name, found.decided_at.line > 0

    def test_a_quota(self, desk: Desk):
        [found] = desk.judge(pod(), state=[quota(pods="0")])
        assert self.place(found) == ("ResourceQuota compute", "state.yaml", True)
        assert found.decided_at.path == "spec.hard.pods"

    def test_what_a_quota_wants_to_be_said(self, desk: Desk):
        [found] = desk.judge(pod(), state=[quota(**{"requests.cpu": "1"})])
        assert found.decided_by == "ResourceQuota compute" and found.decided_at.path == "spec.hard"

    def test_the_labels_of_a_namespace(self, desk: Desk):
        [found] = desk.judge(pod(hostPID=True), state=[enforce("baseline")])
        assert self.place(found) == ("Namespace shop", "state.yaml", True)
        assert found.decided_at.path == "metadata.labels.pod-security.kubernetes.io/enforce"

    def test_a_limit_range(self, desk: Desk):
        others = thing("LimitRange", "a", spec={"limits": [{"type": "Pod", "min": {"cpu": "0"}}]})
        limits = [{"type": "Container", "default": {"cpu": "2"}}, {"type": "Pod", "max": {"cpu": "1"}}]
        [found] = desk.judge(pod(), state=[others, thing("LimitRange", "limits", spec={"limits": limits})])
        assert self.place(found) == ("LimitRange limits", "state.yaml", True)
        assert found.decided_at.path == "spec.limits[1]"

    @pytest.mark.parametrize(
        ("rules", "index"),
        [
            ([{"expression": "true"}, {"expression": "false", "message": "no"}], 1),
            ([{"expression": "1 == 2"}], 0),
            ([{"expression": "true"}, {"expression": "false", "messageExpression": "'no' + '!'"}], 1),
            ([{"expression": "true"}, {"expression": "object.spec.nothing == 1"}], 1),
            ([{"expression": "true"}, {"expression": "1 +"}], 1),
            (
                [{"expression": "true"}, {"expression": "false", "message": "no"}, {"expression": "false", "message": "no"}],
                1,
            ),
        ],
    )
    def test_the_rule_of_a_policy(self, desk: Desk, rules, index):
        policy, binding = denying(*rules)
        [found] = desk.judge(pod(), state=[policy, binding])
        assert found.decided_by == "ValidatingAdmissionPolicy never"
        assert found.decided_at.path == f"spec.validations[{index}]"
        assert found.decided_at.line > 1

    @pytest.mark.parametrize(
        ("part", "value", "path"),
        [
            ("matchConditions", [{"name": "x", "expression": "object.nothing == 1"}], "spec.matchConditions"),
            ("auditAnnotations", [{"key": "x", "valueExpression": "object.nothing"}], "spec.auditAnnotations[0]"),
        ],
    )
    def test_other_parts_of_a_policy(self, desk: Desk, part, value, path):
        policy, binding = denying({"expression": "true"})
        policy["spec"][part] = value
        [found] = desk.judge(pod(), state=[policy, binding])
        assert found.decided_by == "ValidatingAdmissionPolicy never" and found.decided_at.path == path

    def test_the_mutation_of_a_policy(self, desk: Desk):
        patches = [
            '[JSONPatch{op: "add", path: "/spec/hostname", value: "h"}]',
            '[JSONPatch{op: "remove", path: "/spec/nothing"}]',
        ]
        mutations = [{"patchType": "JSONPatch", "jsonPatch": {"expression": text}} for text in patches]
        policy, binding = denying()
        policy["kind"], binding["kind"] = "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"
        policy["spec"] = {"matchConstraints": policy["spec"]["matchConstraints"], "mutations": mutations}
        policy["spec"]["reinvocationPolicy"] = "Never"
        binding["spec"].pop("validationActions")
        [found] = desk.judge(pod(), state=[policy, binding])
        assert self.place(found) == ("MutatingAdmissionPolicy never", "state.yaml", True)
        assert found.decided_at.path == "spec.mutations[1]"


def denying(*rules, group="", resource="pods"):
    api = "admissionregistration.k8s.io/v1"
    rule = {"apiGroups": [group], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [resource]}
    spec = {"matchConstraints": {"resourceRules": [rule]}, "validations": list(rules)}
    bound = {"policyName": "never", "validationActions": ["Deny"]}
    return [
        thing("ValidatingAdmissionPolicy", "never", "", api, spec=spec),
        thing("ValidatingAdmissionPolicyBinding", "never", "", api, spec=bound),
    ]


class TestCustomKinds:
    schema: ClassVar = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {"size": {"type": "integer", "maximum": 3, "default": 1}},
                "default": {},
            }
        },
    }
    names: ClassVar = {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}

    @property
    def definition(self):
        version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": self.schema}}
        spec = {"group": "example.org", "scope": "Namespaced", "names": self.names, "versions": [version]}
        return thing("CustomResourceDefinition", "widgets.example.org", "", "apiextensions.k8s.io/v1", spec=spec)

    def widget(self, **spec):
        return thing("Widget", "w", "shop", "example.org/v1", spec=spec)

    def test_defaulted_and_validated_by_a_definition_of_the_state(self, desk: Desk):
        [found] = desk.judge(self.widget(), state=[self.definition])
        assert found.admitted
        assert found.result["spec"] == {"size": 1}
        [found] = desk.judge(self.widget(size=4), state=[self.definition])
        assert found.refused_by == "validation"
        assert "spec.size in body should be less than or equal to 3" in found.refusal.message

    def test_by_one_admitted_before(self, desk: Desk):
        definition, found = desk.judge(self.definition, self.widget())
        assert definition.admitted
        assert found.result["spec"] == {"size": 1}

    def test_unknown_fields(self, desk: Desk):
        [found] = desk.judge(self.widget(colour="red"), state=[self.definition])
        assert found.refused_by == "decoding"
        assert 'unknown field "spec.colour"' in found.refusal.message

    def test_policies_see_them(self, desk: Desk):
        state = [self.definition, *denying({"expression": "object.spec.size > 1"}, group="example.org", resource="widgets")]
        small, big = desk.judge(self.widget(), state=state), desk.judge(self.widget(size=2), state=state)
        assert small[0].refused_by == "ValidatingAdmissionPolicy"
        assert big[0].admitted


def test_pod_security_policies_need_no_definition(desk: Desk):
    strategies = {key: {"rule": "RunAsAny"} for key in ("runAsUser", "seLinux", "supplementalGroups", "fsGroup")}
    policy = thing("PodSecurityPolicy", "p", "", "policy/v1beta1", spec={"volumes": ["secret"], **strategies})
    enabled = AdmissionOptions(enable_admission_plugins=["PodSecurityPolicy"])
    [found] = desk.judge(pod(), state=[policy], admission=enabled)
    assert found.admitted
    assert found.result["metadata"]["annotations"] == {"kubernetes.io/psp": "p"}
    [found] = desk.judge(pod(hostPID=True), state=[policy], admission=enabled)
    assert found.refused_by == "PodSecurityPolicy"
