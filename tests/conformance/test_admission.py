"""The recorded admission cases, judged in process: state -> memory, request -> Review -> chain.

Only what admission decides is compared: the code and message of a refusal, warnings, audit annotations, and the fields that
plugins set. The HTTP checker compares the rest. Run as a script for figures and differences:
``python tests/conformance/test_admission.py [SCENARIO-GLOB] [CASE-GLOB]``.
"""

from __future__ import annotations

import copy
import fnmatch
import importlib.util
import json
import os
import re
import sys
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml

from kubegate.admission.interface import Environment, Operation, Review
from kubegate.admission.memory import MemoryCluster
from kubegate.api import catalog as resources
from kubegate.api.names import GroupVersionResource, kind_of
from kubegate.api.status import Status
from kubegate.api.user import User
from kubegate.authz.interface import Decision, Verdict
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.compose.admission import build_admission
from kubegate.config.admission import AdmissionOptions

ROOT = Path(os.environ.get("KUBEGATE_CONFORMANCE") or Path(__file__).parents[3] / "shared" / "conformance")
CORPUS = ROOT / "admission"
FOREIGN = ("vap-*", "map-*", "webhook-*", "validation", "defaulting", "storageclass-validation", "csr-update")
AUDIT = ("pod-security.kubernetes.io/", "imagepolicywebhook.image-policy.k8s.io/")
NETWORK = ("imagepolicywebhook",)
# Where the recording server is known to differ from kube-apiserver: it lets a node give itself a role label.
# The memory cluster does not validate the names of what plugins create.
NOT_KUBERNETES = frozenset({"noderestriction-054", "namespaceautoprovision-007"})
# What an in-process run cannot know: authorization by recorded RBAC state is asked through the real authorizer.
ADMITTED_FIELDS = (
    "tolerations", "priority", "priorityClassName", "preemptionPolicy", "volumes", "nodeSelector", "overhead", "affinity",
    "runtimeClassName", "serviceAccountName", "imagePullSecrets", "storageClassName", "ingressClassName", "taints",
)  # fmt: skip
CATALOG = resources.Catalog(
    [*resources.builtin(), *resources.read(resources._data("resources_optional.json"))]
    if (Path(resources.__file__).parent / "data" / "resources_optional.json").exists()
    else resources.builtin()
)


def _registry():
    if importlib.util.find_spec("kubegate.registry.catalog") is None:
        return None
    from kubegate.registry.catalog import build_registry

    return build_registry()


REGISTRY = _registry()


class MastersAndRbac:
    """What RBAC allows, and everything for the administrators."""

    def __init__(self):
        self.rbac = RbacAuthorizer()

    def authorize(self, attributes):
        if "system:masters" in attributes.user.groups:
            return Verdict(Decision.ALLOW)
        return self.rbac.authorize(attributes)


def default(gvr, obj):
    if REGISTRY is not None and gvr.resource and obj is not None:
        REGISTRY.default(gvr, obj)
        if REGISTRY.strategy(gvr) is None and gvr.resource == "limitranges":
            for item in obj["spec"]["limits"]:
                if item.get("type") == "Container":
                    for source, target in (("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")):
                        if item.get(source):
                            item[target] = {**item[source], **(item.get(target) or {})}


class Request:
    """method + path -> what is asked."""

    def __init__(self, case):
        parts = urlsplit(case["path"])
        self.query = parse_qs(parts.query)
        segments = [unquote(s) for s in parts.path.strip("/").split("/")]
        group, version = ("", segments[1]) if segments[0] == "api" else (segments[1], segments[2])
        rest = segments[2:] if segments[0] == "api" else segments[3:]
        self.namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
            self.namespace, rest = rest[1], rest[2:]
        elif rest[0] == "namespaces" and len(rest) > 1:
            self.namespace = rest[1]
        self.gvr = GroupVersionResource(group, version, rest[0])
        self.name = rest[1] if len(rest) > 1 else ""
        self.subresource = "/".join(rest[2:])
        self.resource = CATALOG.resource(self.gvr)
        self.dry = "dryRun" in self.query


class Scenario:
    def __init__(self, folder):
        self.folder = folder
        self.settings = yaml.safe_load((folder / "scenario.yaml").read_text())
        self.cluster = MemoryCluster()
        self.uids = {}
        self.authorizer = MastersAndRbac()
        self.slept = 0.0
        self._load_fixed()
        options = dict(a[2:].replace("-", "_").split("=") for a in self.settings.get("extraArgs") or [])
        options = {k: v for k, v in options.items() if k.startswith("default_")}
        config = ""
        if self.settings["admissionConfig"]:
            self.temporary = tempfile.TemporaryDirectory()
            for f in folder.glob("*.yaml"):
                text = (
                    f.read_text()
                    .replace("{CONFIG_DIR}", self.temporary.name)
                    .replace(", certificate-authority: '{CA_FILE}'", "")
                )
                (Path(self.temporary.name) / f.name).write_text(text)
            config = str(Path(self.temporary.name) / self.settings["admissionConfig"])
        self.options = AdmissionOptions(
            enable_admission_plugins=self.settings["enablePlugins"],
            disable_admission_plugins=[*self.settings["disablePlugins"]],
            admission_control_config_file=config,
            **options,
        )
        self.environment = Environment(
            self.cluster,
            self.authorizer,
            self.now,
            {"feature-gates": self.settings.get("featureGates") or {}},
        )
        self.chain = build_admission(self.options, self.environment)
        self._load_state()

    def now(self):
        return datetime.now(UTC) + timedelta(seconds=self.slept)

    def _load_fixed(self):
        for name in ("default", "kube-system", "kube-public", "kube-node-lease"):
            self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "status": {"phase": "Active"}})
        everything = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "cluster-admin"}}
        self.put({**role, "rules": everything})
        for name, value in (("system-node-critical", 2000001000), ("system-cluster-critical", 2000000000)):
            meta = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}}
            self.put({**meta, "value": value, "preemptionPolicy": "PreemptLowerPriority"})

    def put(self, obj):
        resource = CATALOG.by_kind(kind_of(obj))
        meta = obj["metadata"]
        meta.setdefault("uid", str(uuid.uuid4()))
        meta.setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
        if resource.namespaced:
            meta.setdefault("namespace", "default")
        place = f"/namespaces/{meta['namespace']}" if resource.namespaced else ""
        base = f"/apis/{resource.gvr.api_version}" if resource.gvr.group else f"/api/{resource.gvr.version}"
        self.uids[f"{base}{place}/{resource.gvr.resource}/{meta['name']}"] = meta["uid"]
        self.cluster.put(resource.gvr.qualified, obj)
        if resource.gvr.group == "rbac.authorization.k8s.io":
            self.authorizer.rbac.upsert(obj)

    def _load_state(self):
        dying = []
        for file in sorted((self.folder / "state").glob("*.yaml")):
            for obj in yaml.load_all(file.read_text(), yaml.CSafeLoader):
                if not obj:
                    continue
                if obj["metadata"].pop("deletionTimestamp", None):
                    dying.append(obj)
                self._create(obj)
        for obj in dying:
            resource = CATALOG.by_kind(kind_of(obj))
            stored = self.cluster.get(resource.gvr.qualified, obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
            stored["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
            if stored["kind"] == "Namespace":
                stored["status"] = {"phase": "Terminating"}

    def _create(self, obj):
        resource = CATALOG.by_kind(kind_of(obj))
        if resource is None:
            return
        obj = json.loads(self.fill(json.dumps(obj, default=str)))
        if resource.namespaced:
            obj["metadata"].setdefault("namespace", "default")
        if obj["kind"] == "Namespace":
            obj.setdefault("status", {"phase": "Active"})
        review = Review(
            Operation.CREATE,
            resource.kind,
            resource.gvr,
            ADMIN,
            obj["metadata"].get("namespace", ""),
            obj["metadata"]["name"],
            object=obj,
        )
        default(resource.gvr, obj)
        refusal = self.chain.mutate(review)
        if refusal:
            print("state", self.folder.name, refusal.message)
        default(resource.gvr, obj)
        self.put(obj)

    def fill(self, text):
        return re.sub(r"\{UID:([^}]*)\}", lambda m: self.uids.get(m[1], m[0]), text)

    def ask(self, case):
        """(refusal or None, review) of a case, or None if it cannot be judged here."""
        self.slept += case.get("sleepBefore") or 0
        request = Request(case)
        if request.resource is None:
            return None
        body = case.get("object")
        body = json.loads(self.fill(json.dumps(body))) if body is not None else None
        old = self.cluster.get(request.resource.key, request.namespace if request.resource.namespaced else "", request.name)
        review = self._review(case, request, body, old)
        if not isinstance(review, Review):
            return review, None
        before = copy.deepcopy(review.object)
        refusal = self.chain.mutate(review)
        if refusal is None and review.object is not None and not review.subresource:
            default(request.gvr, review.object)
        if refusal is None and REGISTRY is not None and operation_creates(review):
            from kubegate.registry.interface import WriteContext

            context = WriteContext(user=review.user, namespace=review.namespace, cluster=self.cluster)
            REGISTRY.prepare_create(request.gvr, review.object, context)
            review.warnings += context.notices
        refusal = refusal or self.chain.validate(review)
        if refusal is None and not request.dry:
            self._write(request, review, before)
        return refusal, review

    def _review(self, case, request, body, old):
        user = User.of(case["user"]["username"], case["user"]["groups"])
        kind, name, operation, obj = request.resource.kind, request.name, Operation.CREATE, body
        if request.subresource:
            found = request.resource.subresources.get(request.subresource)
            kind = found.kind if found else kind
        method = case["method"]
        if method == "GET" and request.subresource not in ("exec", "attach", "portforward", "proxy"):
            return None
        if method == "GET" or (method == "POST" and request.subresource in ("exec", "attach", "portforward", "proxy")):
            operation, obj, old = Operation.CONNECT, {"kind": kind.kind, "apiVersion": kind.api_version}, None
        elif method == "POST":
            name = name or ((body or {}).get("metadata") or {}).get("name", "")
            if not request.subresource:
                if request.resource.namespaced:
                    body.setdefault("metadata", {}).setdefault("namespace", request.namespace)
                if not body.get("kind"):
                    body["kind"], body["apiVersion"] = kind.kind, kind.api_version
                if request.gvr.qualified == "namespaces":
                    request.namespace = name
                old = None
            else:
                old = None
        elif method in ("PUT", "PATCH"):
            if old is None:
                if "apply" in case["contentType"]:
                    operation = Operation.CREATE
                    obj = body
                else:
                    return Status(404, "NotFound", f'{request.gvr.qualified} "{name}" not found')
            else:
                operation = Operation.UPDATE
                obj = self._patched(case, old, body) if method == "PATCH" else body
                if obj is None:
                    return None
                if request.subresource in ("status", "approval"):
                    spec = {k: v for k, v in old.items() if k not in ("status", "metadata")}
                    obj = {**obj, **copy.deepcopy(spec)}
        elif method == "DELETE":
            operation, obj = Operation.DELETE, None
            if old is None:
                return Status(404, "NotFound", f'{request.gvr.qualified} "{name}" not found')
        if obj is not None and not request.subresource:
            default(request.gvr, obj)
        return Review(
            operation, kind, request.gvr, user, request.namespace, name, request.subresource, obj,
            copy.deepcopy(old), dry_run=request.dry, update_to_create=method == "PUT" and old is None,
        )  # fmt: skip

    def _patched(self, case, old, body):
        if "merge-patch" in case["contentType"] and "strategic" not in case["contentType"]:
            return merge(copy.deepcopy(old), body)
        if "json-patch" in case["contentType"]:
            import jsonpatch

            return jsonpatch.apply_patch(copy.deepcopy(old), body)
        return None

    def _write(self, request, review, before):
        qualified = request.resource.key
        if review.operation is Operation.DELETE:
            self.cluster.remove(qualified, request.namespace if request.resource.namespaced else "", review.name)
        elif review.object is not None and not request.subresource and review.object.get("metadata", {}).get("name"):
            self.cluster.put(qualified, review.object)


def operation_creates(review):
    return review.operation is Operation.CREATE and not review.subresource and review.object is not None


def merge(target, patch):
    if not isinstance(patch, dict):
        return patch
    if not isinstance(target, dict):
        target = {}
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        else:
            target[key] = merge(target.get(key), value)
    return target


ADMIN = User.of("admin", ["system:masters"])
_SPEC = (
    importlib.util.spec_from_file_location("normalize", CORPUS / "normalize.py")
    if (CORPUS / "normalize.py").exists()
    else None
)
if _SPEC:
    normalize = importlib.util.module_from_spec(_SPEC)
    _SPEC.loader.exec_module(normalize)


def judge(scenario, case):
    """A list of differences; None if the case is not admission's."""
    try:
        answer = scenario.ask(case)
    except Exception as error:  # noqa: BLE001
        import traceback

        return [f"raised {type(error).__name__}: {error} {traceback.format_exc(limit=-3)}"]
    if answer is None or answer == (None, None):
        return None
    refusal, review = answer
    if not_about_admission(case, refusal):
        return None
    want, out = case["response"] if isinstance(case["response"], dict) else {}, []
    text = json.dumps(case.get("object"))
    if refusal is not None:
        status = normalize.normalize(json.loads(json.dumps(refusal.to_object())), text)
        for uid_path, uid in scenario.uids.items():
            status["message"] = status.get("message", "").replace(uid, "{UID:" + uid_path + "}")
        if case["code"] in (404, 409) and refusal.code == case["code"]:
            return []
        if refusal.code != case["code"]:
            out.append(f"code want {case['code']} got {refusal.code}")
        for key in ("reason", "message"):
            if case.get("unordered") and normalize.sorted_parts(want.get(key)) == normalize.sorted_parts(status.get(key)):
                continue
            if want.get(key) != status.get(key):
                out.append(f"{key}\n    want {want.get(key)}\n    got  {status.get(key)}")
        if (want.get("details") or {}) != (status.get("details") or {}) and not out:
            out.append(f"details want {want.get('details')} got {status.get('details')}")
    elif case["code"] >= 400:
        if case["code"] not in (409, 404, 400) and want.get("reason") != "Invalid":
            out.append(f"want {case['code']} {want.get('message')}; admitted")
        elif want.get("reason") == "Invalid":
            return None
    elif review is not None and want.get("metadata") and (review.object or {}).get("metadata") and not review.subresource:
        got = normalize.normalize(review.object, text)
        out += compare_fields(want, got)
    if want.get("reason") == "Invalid":
        return out or None
    if review and REGISTRY and operation_creates(review):
        review.warnings += REGISTRY.warnings(review.resource, review.object, None)
    if (
        review
        and review.operation is Operation.CREATE
        and sorted(case.get("warnings") or []) != sorted(review.warnings if review else [])
    ):
        out.append(f"warnings want {case.get('warnings')} got {review.warnings if review else []}")
    audit = dict(review.audit) if review else {}
    wanted = {k: v for k, v in (case.get("auditAnnotations") or {}).items() if k.startswith(AUDIT)}
    if wanted != audit:
        out.append(f"audit want {case['auditAnnotations']} got {audit}")
    return out


def not_about_admission(case, refusal):
    """Decided before admission (authorization, decoding), or by API validation, which comes before validating plugins."""
    want = case["response"] if isinstance(case["response"], dict) else {}
    if case["id"] in NOT_KUBERNETES or (refusal is not None and refusal.code != 422 and want.get("reason") == "Invalid"):
        return True
    message = str(want.get("message") or "")
    return case["code"] == 400 or " is forbidden: User " in message or "in the form of a namespace" in message


def compare_fields(want, got):
    out = []
    for key in ADMITTED_FIELDS:
        a, b = (want.get("spec") or {}).get(key), (got.get("spec") or {}).get(key)
        if (a or None) != (b or None) and not (key == "volumes" and REGISTRY is None and a and b and len(a) == len(b)):
            if key == "preemptionPolicy" and REGISTRY is None:
                continue
            out.append(f"spec.{key} want {a} got {b}")
    for key in ("labels", "annotations", "finalizers"):
        a, b = want["metadata"].get(key), got["metadata"].get(key)
        made_by_registry = want.get("kind") == "Namespace" or "controller-uid" in (a or {})
        if a != b and not (made_by_registry and key == "labels"):
            out.append(f"metadata.{key} want {a} got {b}")
    for key in ("containers", "initContainers"):
        for a, b in zip((want.get("spec") or {}).get(key) or [], (got.get("spec") or {}).get(key) or [], strict=False):
            for part in ("resources", "volumeMounts", "imagePullPolicy") if REGISTRY else ("resources", "volumeMounts"):
                if (a.get(part) or None) != (b.get(part) or None):
                    out.append(f"{key}.{part} want {a.get(part)} got {b.get(part)}")
    return out


def scenarios():
    if not CORPUS.is_dir():
        return []
    found = sorted(p.parent.name for p in CORPUS.glob("*/cases.jsonl"))
    return [name for name in found if not any(fnmatch.fnmatch(name, pattern) for pattern in FOREIGN)]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the recordings are not here (set KUBEGATE_CONFORMANCE)")
@pytest.mark.parametrize("name", [n for n in scenarios() if not n.startswith(NETWORK)])
def test_scenario(name):
    scenario = Scenario(CORPUS / name)
    differences = []
    for line in (CORPUS / name / "cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        found = [] if case.get("nondeterministic") else judge(scenario, case)
        if found:
            differences.append((case["id"], found))
    assert not differences


def main(pattern="*", cases="*"):
    totals = [0, 0]
    for name in scenarios():
        if not fnmatch.fnmatch(name, pattern):
            continue
        scenario = Scenario(CORPUS / name)
        good = bad = skipped = 0
        shown = []
        for line in (CORPUS / name / "cases.jsonl").read_text().splitlines():
            case = json.loads(line)
            if not fnmatch.fnmatch(case["id"], cases) or case.get("nondeterministic"):
                continue
            found = judge(scenario, case)
            if found is None:
                skipped += 1
            elif found:
                bad += 1
                shown.append((case["id"], case.get("note"), case["method"], case["path"], found))
            else:
                good += 1
        totals[0] += good
        totals[1] += good + bad
        print(f"{name} {good}/{good + bad} skipped {skipped}")
        for item in shown if pattern != "*" else []:
            print("  ", *item[:-1])
            for difference in item[-1]:
                print("      ", difference[:1500])
    print(f"total {totals[0]}/{totals[1]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
