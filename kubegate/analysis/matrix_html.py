"""The access matrix as one HTML page that can be searched without a server."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from kubegate.analysis.matrix import Cell

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Access matrix</title>
<style>
body {{ font: 14px system-ui, sans-serif; margin: 2em; }}
input {{ font: inherit; padding: .4em; width: 30em; }}
table {{ border-collapse: collapse; margin-top: 1em; }}
td, th {{ border: 1px solid #ccc; padding: .2em .6em; text-align: left; }}
th {{ position: sticky; top: 0; background: #eee; }}
</style></head><body>
<h1>Access matrix</h1>
<p><input id="q" placeholder="search: words that must all occur" autofocus> <span id="n"></span></p>
<table><thead><tr><th>Subject</th><th>Scope</th><th>Resource</th><th>Verbs</th></tr></thead><tbody>
{rows}
</tbody></table>
<script>
const rows = [...document.querySelectorAll("tbody tr")], field = document.getElementById("q");
function search() {{
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {{
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every(word => text.includes(word));
    shown += !row.hidden;
  }}
  document.getElementById("n").textContent = shown + " of " + rows.length;
}}
field.addEventListener("input", search); search();
</script></body></html>
"""


def page(cells: Iterable[Cell]) -> str:
    """The whole page; everything from policies is escaped."""
    rows = []
    for cell in cells:
        columns = (str(cell.who), cell.scope, cell.resource, " ".join(cell.verbs))
        rows.append("<tr>" + "".join(f"<td>{escape(column)} </td>" for column in columns) + "</tr>")
    return _PAGE.format(rows="\n".join(rows))
