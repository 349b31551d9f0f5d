// Makes tables of results sortable: every header becomes a button. Without script the tables
// stay as they are. Numbers sort by their unrounded value (data-value), missing ones last.
(function () {
  "use strict";

  function keyOf(cell) {
    if (cell.hasAttribute("data-value")) {
      const text = cell.getAttribute("data-value");
      return text === "" ? null : Number(text);
    }
    const words = cell.textContent.trim();
    return words === "" || words === "–" ? null : words;
  }

  function compare(first, second) {
    if (typeof first === "number" && typeof second === "number") {
      return first - second;
    }
    return String(first).localeCompare(String(second), "en", { numeric: true });
  }

  function sort(table, column, descending) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows).map(function (row) {
      return { row: row, key: keyOf(row.cells[column]) };
    });
    rows.sort(function (first, second) {
      if (first.key === null || second.key === null) {
        return (first.key === null) - (second.key === null);
      }
      return (descending ? -1 : 1) * compare(first.key, second.key);
    });
    rows.forEach(function (entry) {
      body.appendChild(entry.row);
    });
  }

  function makeSortable(table) {
    const headers = Array.from(table.tHead.rows[0].cells);
    headers.forEach(function (header, column) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      header.textContent = "";
      header.appendChild(button);
      button.addEventListener("click", function () {
        const descending = header.getAttribute("aria-sort") === "ascending";
        headers.forEach(function (other) {
          other.removeAttribute("aria-sort");
        });
        header.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sort(table, column, descending);
      });
    });
  }

  function start() {
    document.querySelectorAll(".transdx-table table").forEach(makeSortable);
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
