// Links to the glossary and to references show what stands there, on pointing and by keyboard.
(function () {
  "use strict";

  let card = null;
  let shownBy = null;
  let timer = 0;

  function textOf(link) {
    const address = link.getAttribute("href").replace(/^(\.\.\/)+/, "");
    return (window.transdxCards || {})[address];
  }

  function hide() {
    clearTimeout(timer);
    if (shownBy) {
      shownBy.removeAttribute("aria-describedby");
      shownBy = null;
      card.hidden = true;
    }
  }

  function show(link) {
    hide();
    card.innerHTML = textOf(link);
    // What is shown is read, not gone on from: the link itself leads there.
    card.querySelectorAll("a").forEach(function (inner) {
      inner.replaceWith(...inner.childNodes);
    });
    card.hidden = false;
    const box = link.getClientRects()[0];
    const room = document.documentElement.clientWidth - card.offsetWidth - 8;
    const below = box.bottom + card.offsetHeight + 8 < window.innerHeight;
    card.style.left = Math.max(8, Math.min(box.left, room)) + window.scrollX + "px";
    card.style.top =
      window.scrollY + (below ? box.bottom + 4 : box.top - card.offsetHeight - 4) + "px";
    link.setAttribute("aria-describedby", card.id);
    shownBy = link;
  }

  function later(action, wait) {
    clearTimeout(timer);
    timer = setTimeout(action, wait);
  }

  document.addEventListener("DOMContentLoaded", function () {
    card = document.createElement("div");
    card.id = "transdx-card";
    card.setAttribute("role", "tooltip");
    card.hidden = true;
    document.body.append(card);
    card.addEventListener("mouseenter", () => clearTimeout(timer));
    card.addEventListener("mouseleave", () => later(hide, 150));
    document.querySelectorAll("article a.internal[href*='#']").forEach(function (link) {
      if (!textOf(link)) {
        return;
      }
      link.addEventListener("mouseenter", () => later(() => show(link), 150));
      link.addEventListener("mouseleave", () => later(hide, 150));
      link.addEventListener("focus", () => show(link));
      link.addEventListener("blur", hide);
    });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape") {
        hide();
      }
    });
  });
})();
