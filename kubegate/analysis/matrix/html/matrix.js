
"use strict";
// Each section filters its own table: a column holds all words of its field, the field * looks at the whole row.
for (const section of document.querySelectorAll("section")) {
  const fields = [...section.querySelectorAll("[data-column]")], count = section.querySelector("output");
  const rows = [...section.querySelectorAll("tbody tr")].map(row => ({
    row, columns: [...row.cells].map(cell => (cell.querySelector("summary") || cell).textContent.toLowerCase()),
    all: row.textContent.toLowerCase(),
  }));
  const fits = (entry, field) => {
    const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean), column = field.dataset.column;
    if (field.tagName === "SELECT") return wanted.every(verb => entry.columns[column].split(" ").includes(verb));
    const text = column === "*" ? entry.all : entry.columns[column];
    return wanted.every(word => text.includes(word));
  };
  const search = () => {
    let shown = 0;
    for (const entry of rows) {
      entry.row.hidden = !fields.every(field => fits(entry, field));
      shown += !entry.row.hidden;
    }
    count.textContent = shown + " of " + rows.length;
  };
  fields.forEach(field => field.addEventListener("input", search));
  search();
}
