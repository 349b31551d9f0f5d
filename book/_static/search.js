// The search: looks through the text of all pages, which search-data.js holds, and shows what stands
// where, page by page.
(function () {
  "use strict";

  const SECTIONS = 6;
  const AROUND = 90;

  function plain(text) {
    return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  }

  // A word is found where one begins with it.
  function patterns(query) {
    return (plain(query).match(/[\p{L}\p{N}]+/gu) || []).map(function (word) {
      return new RegExp("(?<![\\p{L}\\p{N}])" + word, "gu");
    });
  }

  function count(text, words) {
    return words.map((word) => (text.match(word) || []).length);
  }

  // Every word has to be in a section or in the title of its page; headings weigh most.
  function judge(page, part, words) {
    const inTitle = count(plain(page.title), words);
    const inHead = count(plain(part.head), words);
    const inText = count(plain(part.text), words);
    const rows = part.rows.filter((row) => count(plain(row), words).every(Boolean));
    const everywhere = words.every((_, n) => inTitle[n] || inHead[n] || inText[n] || rows.length);
    const here = inHead.concat(inText).some(Boolean) || rows.length;
    if (!everywhere || !here) {
      return null;
    }
    const sum = (numbers) => numbers.reduce((a, b) => a + Math.min(b, 5), 0);
    const score = 30 * sum(inHead) + 3 * sum(inText) + Math.min(rows.length, 5);
    return { part: part, rows: rows, score: score + 10 * sum(inTitle), said: inText.some(Boolean) };
  }

  function find(query) {
    const words = patterns(query);
    if (!words.length) {
      return [];
    }
    return (window.transdxPages || [])
      .map(function (page) {
        const found = page.parts.map((part) => judge(page, part, words)).filter(Boolean);
        found.sort((a, b) => b.score - a.score);
        return { page: page, found: found, score: found.length ? found[0].score : 0 };
      })
      .filter((each) => each.found.length)
      .sort((a, b) => b.score - a.score);
  }

  // Plain letters may be fewer than written ones: those of one text are compared letter by letter.
  function excerpt(text, words) {
    const letters = Array.from(text, (letter) => plain(letter).slice(0, 1) || " ").join("");
    const spans = [];
    words.forEach(function (word) {
      for (const hit of letters.matchAll(word)) {
        spans.push([hit.index, hit.index + hit[0].length]);
      }
    });
    spans.sort((a, b) => a[0] - b[0]);
    const first = spans.length ? spans[0][0] : 0;
    const start = first > AROUND ? text.indexOf(" ", first - AROUND) + 1 : 0;
    const end = Math.min(text.length, first + 2 * AROUND);
    const shown = document.createElement("p");
    let at = start;
    shown.append(start ? "… " : "");
    spans.forEach(function (span) {
      if (span[0] >= at && span[1] <= end) {
        const mark = document.createElement("mark");
        mark.textContent = text.slice(span[0], span[1]);
        shown.append(text.slice(at, span[0]), mark);
        at = span[1];
      }
    });
    shown.append(text.slice(at, end) + (end < text.length ? " …" : ""));
    return shown;
  }

  function link(page, place, text, query) {
    const anchor = document.createElement("a");
    anchor.href = page + ".html?highlight=" + encodeURIComponent(query) + "#" + place;
    anchor.textContent = text;
    return anchor;
  }

  function show(each, query, words) {
    const box = document.createElement("section");
    const heading = document.createElement("h2");
    heading.append(link(each.page.page, "", each.page.title, query));
    box.append(heading);
    const list = document.createElement("ul");
    each.found.slice(0, SECTIONS).forEach(function (one) {
      const item = document.createElement("li");
      item.append(link(each.page.page, one.part.place, one.part.head || each.page.title, query));
      if (one.said || !one.rows.length) {
        item.append(excerpt(one.part.text, words));
      }
      if (one.rows.length) {
        const row = excerpt(one.rows[0], words);
        row.className = "transdx-row";
        const more = one.rows.length - 1;
        row.append(more ? " (and " + more + " more in tables and figures)" : "");
        item.append(row);
      }
      list.append(item);
    });
    box.append(list);
    const left = each.found.length - SECTIONS;
    if (left > 0) {
      const more = document.createElement("p");
      more.textContent = "and " + left + " more " + (left > 1 ? "places" : "place") + " on this page";
      box.append(more);
    }
    return box;
  }

  document.addEventListener("DOMContentLoaded", function () {
    const query = (new URLSearchParams(location.search).get("q") || "").trim();
    const field = document.querySelector(".bd-search-container input[name=q]");
    const status = document.getElementById("search-status");
    const results = document.getElementById("search-results");
    if (!status || !results) {
      return;
    }
    if (field) {
      field.value = query;
      field.focus();
    }
    if (!query) {
      status.textContent = "Words, regions, names of functions: what stands in text, tables and figures.";
      return;
    }
    const found = find(query);
    const places = found.reduce((sum, each) => sum + each.found.length, 0);
    status.textContent = found.length
      ? places + (places > 1 ? " places" : " place") + " on " + found.length +
        (found.length > 1 ? " pages" : " page")
      : "Nothing found for “" + query + "”. Try fewer words, or only their beginnings.";
    results.append(...found.map((each) => show(each, query, patterns(query))));
  });
})();
