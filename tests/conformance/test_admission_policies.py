"""The recorded cases of validating and mutating policies, judged in process (see `test_admission` for how).

``python tests/conformance/test_admission_policies.py [SCENARIO] [CASE-GLOB]`` prints figures and differences.
"""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("recorded_admission", Path(__file__).parent / "test_admission.py")
recorded = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(recorded)

CORPUS = recorded.CORPUS
SCENARIOS = ("vap-cel-libraries", "vap-matching", "vap-semantics", "map-semantics")
COMPARED = ("data", "binaryData", "spec", "rules", "subjects")


def is_policy_text(message):
    return "Policy '" in message or "policy '" in message


def judge(scenario, case):
    """Differences; None if admission policies have no part in the answer."""
    want = case["response"]
    message = want.get("message", "")
    if case["code"] >= 400 and not is_policy_text(message):
        return None
    answer = scenario.ask(case)
    if answer is None:
        return None
    refusal, review = answer
    if review is None:
        return None if refusal else ["not judged"]
    out = []
    if refusal is not None:
        got = recorded.normalize.normalize(json.loads(json.dumps(refusal.to_object())), json.dumps(case.get("object")))
        if got != want:
            out.append(f"want {want}\n     got {got}")
    elif case["code"] >= 400:
        out.append(f"want {case['code']} {message}\n     got admitted")
    elif review.object is not None and want.get("metadata") and not review.subresource:
        got = recorded.normalize.normalize(json.loads(json.dumps(review.object)), json.dumps(case.get("object")))
        for key in COMPARED:
            if want.get(key) != got.get(key):
                out.append(f"{key}\n    want {want.get(key)}\n     got {got.get(key)}")
        for key in ("labels", "annotations"):
            if want["metadata"].get(key) != got["metadata"].get(key):
                out.append(f"{key}\n    want {want['metadata'].get(key)}\n     got {got['metadata'].get(key)}")
    if sorted(case.get("warnings") or []) != sorted(review.warnings):
        out.append(f"warnings\n    want {case.get('warnings')}\n     got {review.warnings}")
    audit = {k: v for k, v in review.audit.items() if not k.startswith("pod-security")}
    wanted = {k: v for k, v in (case.get("auditAnnotations") or {}).items() if not k.startswith("pod-security")}
    if "auditAnnotations" in case and wanted != audit:
        out.append(f"audit\n    want {wanted}\n     got {audit}")
    return out


def cases(name):
    return [json.loads(line) for line in (CORPUS / name / "cases.jsonl").read_text().splitlines()]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the recordings are not here (set KUBEGATE_CONFORMANCE)")
@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name):
    scenario = recorded.Scenario(CORPUS / name)
    differences = [(case["id"], found) for case in cases(name) if (found := judge(scenario, case))]
    assert not differences


def main(name="*", pattern="*"):
    for scenario_name in fnmatch.filter(SCENARIOS, name):
        scenario = recorded.Scenario(CORPUS / scenario_name)
        good = skipped = bad = 0
        for case in cases(scenario_name):
            if not fnmatch.fnmatch(case["id"], pattern):
                continue
            found = judge(scenario, case)
            if found is None:
                skipped += 1
            elif found:
                bad += 1
                print(case["id"], case.get("note"), case["method"], case["path"], *found, sep="\n  ")
            else:
                good += 1
        print(scenario_name, f"{good}/{good + bad}", f"skipped {skipped}")


if __name__ == "__main__":
    main(*sys.argv[1:])
