// Makes tables of results sortable: every header becomes a button, and on a phone an entry of one
// list; long ones can be filtered, and end with a whole row, or, on a phone, with a button for the
// rest. Without script the tables stay as they are. Numbers sort by their unrounded value
// (data-value), missing ones last. Each cell is told the header of its column, which a phone shows
// before the value.
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

  // A line that stands above others says what they have in common, and keeps them together.
  function rowsOf(part) {
    return Array.from(part.querySelectorAll("tbody tr:not(.transdx-heading)"));
  }

  function arrange(parent, children, keyed, descending) {
    const sorted = children.map(function (child) {
      return { child: child, key: keyed(child) };
    });
    sorted.sort(function (first, second) {
      if (first.key === null || second.key === null) {
        return (first.key === null) - (second.key === null);
      }
      return (descending ? -1 : 1) * compare(first.key, second.key);
    });
    sorted.forEach(function (entry) {
      parent.appendChild(entry.child);
    });
  }

  function sort(table, column, descending) {
    const bodies = Array.from(table.tBodies);
    function keyed(row) {
      return keyOf(row.cells[column]);
    }
    bodies.forEach(function (body) {
      arrange(body, rowsOf(body), keyed, descending);
    });
    // Lines with their rows go by the first of these.
    if (bodies.length > 1) {
      arrange(table, bodies, (body) => keyed(rowsOf(body)[0]), descending);
    }
  }

  // The last row of a head has a header for each column; one above names groups of them.
  function headersOf(table) {
    return Array.from(table.tHead.rows[table.tHead.rows.length - 1].cells);
  }

  function label(table) {
    const titles = headersOf(table).map(function (header) {
      return header.textContent.trim();
    });
    rowsOf(table).forEach(function (row) {
      Array.from(row.cells).forEach(function (cell, column) {
        if (!cell.hasAttribute("data-label")) {
          cell.setAttribute("data-label", titles[column]);
        }
      });
    });
    table.classList.add("transdx-labelled");
  }

  function element(tag, properties, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  function makeSortable(table) {
    if (rowsOf(table).length < 2) {
      return;
    }
    const headers = headersOf(table);
    const list = element("select", {});
    list.append(element("option", { value: "", textContent: "choose", disabled: true }));
    const turn = element("button", { type: "button", hidden: true });

    function order(column, descending) {
      headers.forEach(function (header) {
        header.removeAttribute("aria-sort");
      });
      headers[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
      list.value = column;
      turn.hidden = false;
      turn.textContent = descending ? "descending" : "ascending";
      sort(table, column, descending);
    }

    function other(column) {
      order(column, headers[column].getAttribute("aria-sort") === "ascending");
    }

    headers.forEach(function (header, column) {
      const words = header.textContent;
      const whole = [header.dataset.group, words].filter(Boolean).join(" ");
      const button = element("button", { type: "button", textContent: words });
      button.setAttribute("aria-label", whole);
      list.append(element("option", { value: column, textContent: whole }));
      header.replaceChildren(button);
      button.addEventListener("click", () => other(column));
    });
    list.addEventListener("change", () => order(Number(list.value), false));
    turn.addEventListener("click", () => other(Number(list.value)));
    list.value = "";
    const line = { className: "transdx-tool transdx-sort" };
    table.closest(".transdx-scroll").before(
      element("div", line, element("label", {}, "Sort by ", list), turn)
    );
  }

  // A long table ends at the edge of a row, which its style sheet reads.
  function endWhole(box) {
    const top = box.querySelector("table").getBoundingClientRect().top;
    const most = 28 * parseFloat(getComputedStyle(document.documentElement).fontSize);
    const ends = Array.from(box.querySelectorAll("tbody tr:not([hidden])"), function (row) {
      return row.getBoundingClientRect().bottom - top;
    }).filter(function (end) {
      return end <= most;
    });
    if (ends.length) {
      box.style.setProperty("--transdx-height", Math.ceil(ends[ends.length - 1]) + 2 + "px");
    }
  }

  // On a phone, whose style sheet reads the class, the first few rows stand for all.
  const FEW = 6;

  function makeFilter(box) {
    const rows = rowsOf(box);
    const input = element("input", { type: "search" });
    const found = element("output", {});
    const rest = element("button", { type: "button", className: "transdx-rest" });
    const words = element("label", {}, "Filter rows ", input);
    box.before(element("div", { className: "transdx-tool" }, words, found));
    box.after(rest);
    rest.textContent = "Show all " + rows.length + " rows";
    rest.addEventListener("click", function () {
      box.classList.add("transdx-open");
      rest.remove();
    });
    input.addEventListener("input", function () {
      const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      rows.forEach(function (row) {
        const text = row.textContent.toLowerCase();
        row.hidden = !wanted.every(function (word) {
          return text.includes(word);
        });
      });
      const left = rows.filter(function (row) {
        return !row.hidden;
      });
      found.textContent = wanted.length ? left.length + " of " + rows.length + " rows" : "";
      rest.textContent = "Show all " + left.length + " rows";
      rest.hidden = left.length <= FEW;
      endWhole(box);
    });
    new ResizeObserver(function () {
      endWhole(box);
    }).observe(box.querySelector("table"));
  }

  // Rows that are copied say of which run they are, as the file of the table does.
  function stampCopied(event) {
    const selection = document.getSelection();
    const table = Array.from(document.querySelectorAll(".transdx-table[data-run]")).find(
      function (view) {
        return selection.containsNode(view.querySelector("tbody"), true);
      }
    );
    if (!table || selection.isCollapsed) {
      return;
    }
    const copied = document.createElement("div");
    for (let range = 0; range < selection.rangeCount; range += 1) {
      copied.append(selection.getRangeAt(range).cloneContents());
    }
    const line = document.createElement("p");
    line.textContent = table.dataset.run;
    copied.append(line);
    event.clipboardData.setData("text/html", copied.innerHTML);
    event.clipboardData.setData("text/plain", selection.toString() + "\n" + table.dataset.run);
    event.preventDefault();
  }

  function start() {
    document.addEventListener("copy", stampCopied);
    document.querySelectorAll(".transdx-table table, .bd-article table.table").forEach(label);
    document.querySelectorAll(".transdx-table table").forEach(makeSortable);
    document.querySelectorAll(".transdx-scroll:not(.transdx-whole)").forEach(makeFilter);
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
