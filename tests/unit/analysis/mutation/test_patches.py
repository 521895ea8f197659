"""The patches of mutants: of every policy that ships, the patched file has the mutant in it, and nothing else differs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from kubegate.analysis.mutation.generate import mutants
from kubegate.api.names import Object, kind_of, name_of, namespace_of
from kubegate.bundle.load import load
from kubegate.bundle.state import ObjectKey, Origin
from kubegate.bundle.yaml_text import compose, value_of

POLICIES = Path(__file__).parents[4] / "policies"
FILES = sorted(path for path in POLICIES.rglob("*.yaml") if not path.name.endswith(".kubegate.yaml"))


def read(lines: list[str]) -> list[object]:
    return [value_of(document) for document in compose("\n".join(lines))]


def expected(origin: Origin, mutated: object) -> list[object]:
    """The documents of the file with the mutant in the place of the original."""
    documents = read(list(origin.source.lines))
    documents[origin.document : origin.document + 1] = [mutated] if mutated is not None else []
    return documents


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_patched_files(file: Path) -> None:
    state = load([str(file)]).state
    for mutant in mutants(state):
        origin = state.origin_of(mutant.target)
        assert origin is not None
        assert mutant.change is not None
        if origin.inside or read(list(origin.source.lines))[origin.document] != mutant.target:
            continue  # in a List, or given a namespace when it was read
        lines = mutant.change.changed()
        assert lines is not None, mutant.text
        assert read(lines) == expected(origin, mutant.mutated), mutant.patch


BLOCK = """\
# who reads
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader   # the name
rules:
- apiGroups: [""]
  resources:
  - pods
  - pods/log
  verbs:
  - get   # not list
- apiGroups: [""]
  resources: [secrets]
  resourceNames: ["one"]
  verbs: [get]

# who is bound
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects:
- kind: User
  name: alice
  apiGroup: rbac.authorization.k8s.io
- kind: ServiceAccount
  name: robot
  namespace: shop
--- # what is asked of objects
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  validations:
  - expression: >-
      object.metadata.name != 'x' &&
      object.metadata.name.startsWith('a')
    message: not so
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: b}
spec:
  policyName: p
  validationActions: [Deny]
---
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    pod-security.kubernetes.io/enforce: restricted
---
apiVersion: policy.kubegate.dev/v1alpha1
kind: AccessPolicy
metadata: {name: night}
spec:
  effect: Deny
  subjects: [{kind: Group, name: ops}]
  rules: [{apiGroups: ["*"], resources: [secrets], verbs: ["*"]}]
"""


def _as_list() -> str:
    listed = {"apiVersion": "v1", "kind": "List", "items": read(BLOCK.splitlines())}
    return yaml.safe_dump(listed, sort_keys=False)


def _as_flow() -> str:
    return "\n---\n".join(json.dumps(document) for document in read(BLOCK.splitlines()))


def _as_json() -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": read(BLOCK.splitlines())}, indent=2)


def _as_aliases() -> str:
    role, binding, *rest = read(BLOCK.splitlines())
    assert isinstance(role, dict)
    role["rules"][1]["apiGroups"] = role["rules"][0]["apiGroups"]
    return yaml.safe_dump_all([role, binding, *rest], sort_keys=False)


SPELLINGS = {
    "block": ("x.yaml", BLOCK),
    "CRLF": ("x.yaml", BLOCK.replace("\n", "\r\n")),
    "no newline at the end": ("x.yaml", BLOCK.removesuffix("\n")),
    "first separator": ("x.yaml", f"---\n{BLOCK}---\n"),
    "flow": ("x.yaml", _as_flow()),
    "List": ("x.yaml", _as_list()),
    "JSON": ("x.json", _as_json()),
    "aliases": ("x.yaml", _as_aliases()),
    "one document": ("x.yaml", BLOCK.split("# who is bound")[0]),
    "one item": ("x.yaml", yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": read(BLOCK.splitlines())[-1:]})),
}


@pytest.mark.parametrize(("name", "text"), SPELLINGS.values(), ids=SPELLINGS)
def test_git_applies_every_patch_and_the_file_holds_the_mutant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "policies" / name
    file.parent.mkdir()
    file.write_bytes(text.encode())
    state = load(["policies"]).state
    tried = 0
    for mutant in mutants(state):
        subprocess.run(["git", "apply", "-"], input=mutant.patch.encode(), check=True, cwd=tmp_path)
        changed = load(["policies"]).state
        wanted = {key: obj for key, obj in state.objects.items() if obj is not mutant.target}
        if mutant.mutated is not None:
            wanted[_key(mutant.mutated)] = mutant.mutated
        assert changed.objects == wanted, mutant.patch
        assert (b"\r\n" in file.read_bytes()) is ("\r\n" in text)
        file.write_bytes(text.encode())
        tried += 1
    assert tried > 2


def _key(obj: Object) -> ObjectKey:
    kind = kind_of(obj)
    return kind.group, kind.kind, namespace_of(obj), name_of(obj)
