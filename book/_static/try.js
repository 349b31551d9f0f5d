// A page of trials: which one is shown follows the controls, and a line says what changed. All of
// them are on the page; without script the first is shown.
(function () {
  "use strict";

  // Of each row of the claims, by the end of its id, its verdict.
  function verdicts(trial) {
    const start = "trial-" + trial.dataset.trial + "-";
    return new Map(
      Array.from(trial.querySelectorAll("tbody tr[id]"), function (row) {
        const verdict = row.querySelector("[data-label=Verdict]");
        return [row.id.slice(start.length), { row: row, words: verdict.textContent }];
      })
    );
  }

  function start(root) {
    const form = root.querySelector("form");
    const said = root.querySelector("[role=status]");
    const trials = Array.from(root.querySelectorAll("[data-trial]"));
    const stops = form.elements.people.dataset.stops.split(" ");
    let shown = trials[0];

    function chosen() {
      const held = new FormData(form);
      const planted = held.get("planted") || "none";
      const key = [stops[held.get("people")], held.get("seed"), planted].join("-");
      return trials.find((trial) => trial.dataset.trial === key);
    }

    function show() {
      const before = verdicts(shown);
      const next = chosen();
      trials.forEach(function (trial) {
        trial.hidden = trial !== next;
      });
      let changed = 0;
      verdicts(next).forEach(function (now, name) {
        const other = before.get(name).words !== now.words;
        now.row.classList.toggle("transdx-changed", other);
        changed += other;
      });
      const words = next.querySelector(".transdx-tally").textContent;
      const verdict = changed === 1 ? " verdict is" : " verdicts are";
      said.textContent =
        words + (next === shown ? "" : " " + changed + verdict + " other than before.");
      shown = next;
      name();
    }

    function name() {
      const people = form.elements.people;
      const words = Number(stops[people.value]).toLocaleString("en") + " people";
      people.setAttribute("aria-valuetext", words);
    }

    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", show);
    form.reset();
    form.hidden = false;
    root.classList.add("transdx-tried");
    root.querySelector(".transdx-plain").remove();
    said.textContent = shown.querySelector(".transdx-tally").textContent;
    name();
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll(".transdx-try").forEach(start);
  });
})();
