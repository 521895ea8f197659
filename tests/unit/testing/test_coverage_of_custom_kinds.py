"""Coverage of the rules of custom kinds: each is to be true of one object, and false of another."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubegate.analysis.coverage.measure import Coverage
from kubegate.testing.measures.measures import Measures
from kubegate.testing.running.runner import open_suite

KIND = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: shops, singular: shop, kind: Shop, listKind: ShopList}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer}
              hosts:
                type: array
                maxItems: 5
                items: {type: string, maxLength: 9, x-kubernetes-validations: [{rule: self != 'x'}]}
            x-kubernetes-validations:
            - rule: "!has(self.size) || self.size < 5"
"""
SUITE = "apiVersion: testing.kubegate.dev/v1alpha1\nkind: PolicySuite\nspec:\n  policies: [kind.yaml]\n  admission:\n"


def case(spec: str) -> str:
    return f"  - {{object: {{apiVersion: example.com/v1, kind: Shop, metadata: {{name: a}}, spec: {{{spec}}}}}}}\n"


LEFT, RIGHT = "operand of || `!has(self.size)` ", "operand of || `self.size < 5` "


@pytest.mark.parametrize(
    ("specs", "missed"),
    [
        (
            ["size: 1"],
            [
                "25:22 never false",
                f"25:22 {LEFT}never true",
                f"25:41 {RIGHT}never false",
                "23:87 never true",
                "23:87 never false",
            ],
        ),
        (["size: 1", "size: 7"], [f"25:22 {LEFT}never true", "23:87 never true", "23:87 never false"]),
        (["size: 1", "size: 7", "hosts: [a]", "hosts: [a, x]"], []),
    ],
)
def test_rules(tmp_path: Path, specs: list[str], missed: dict[int, int]) -> None:
    (tmp_path / "kind.yaml").write_text(KIND)
    suite = tmp_path / "a.kubegate.yaml"
    suite.write_text(SUITE + "".join(map(case, specs)))
    measures = Measures(Coverage())
    with measures.watching():
        loaded = open_suite(suite)
        measures.add(loaded, list(loaded.run()))
    assert measures.coverage is not None
    found = measures.coverage.missed
    assert [f"{item.place.partition('.yaml:')[2]} {item.text.partition('.rule: ')[2]}" for item in found] == missed
