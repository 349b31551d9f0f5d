// What the pages need beyond the theme: names and places for those who do not see or point, and
// light on paper.
(function () {
  "use strict";

  const root = document.documentElement;
  const modes = { light: "Light", dark: "Dark", auto: "System Settings" };

  function each(selector, change) {
    document.querySelectorAll(selector).forEach(change);
  }

  // A name says what is seen, so that it can be spoken to.
  function nameControls() {
    each(".search-button-field", function (button) {
      button.removeAttribute("aria-label");
    });
    each(".theme-switch-button", function (button) {
      const mode = modes[root.dataset.mode];
      button.setAttribute("aria-label", "Colour mode: " + (mode || root.dataset.mode));
    });
    each(".bd-links li.has-children", function (entry) {
      const link = entry.querySelector(":scope > a");
      const summary = entry.querySelector(":scope > details > summary");
      if (link && summary) {
        summary.setAttribute("aria-label", "Pages of " + link.textContent.trim());
      }
    });
    each("#pst-primary-sidebar", function (sidebar) {
      sidebar.setAttribute("role", "complementary");
      sidebar.setAttribute("aria-label", "The book");
    });
  }

  // What scrolls by itself can be reached and scrolled with the keyboard.
  function reachScrolling() {
    each(".bd-article :is(pre, mjx-container, .pst-scrollable-table-container)", function (box) {
      const long = box.matches("div") && box.scrollHeight > box.clientHeight;
      if (long || box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
      } else {
        box.removeAttribute("tabindex");
      }
    });
  }

  // A notebook is taken along: in a window it would be text for machines. From a folder a browser
  // shows it whatever is asked, so there it has a window of its own.
  function handOutNotebooks() {
    if (location.protocol === "file:") {
      return;
    }
    each('.btn-download-source-button[href$=".ipynb"]', function (link) {
      link.removeAttribute("target");
      link.setAttribute("download", "");
    });
  }

  // What is wider than the text lies over the list of contents, which folds meanwhile.
  function foldContents() {
    const contents = document.querySelector(".bd-sidebar-secondary");
    if (!contents || !window.IntersectionObserver) {
      return;
    }
    const wide = new Set();
    const observer = new IntersectionObserver(
      function (entries) {
        entries.forEach(function (entry) {
          const table = entry.target;
          const reaches = table.offsetWidth > table.parentElement.clientWidth + 1;
          wide[entry.isIntersecting && reaches ? "add" : "delete"](table);
        });
        contents.classList.toggle("hide", wide.size > 0);
      },
      { rootMargin: "0px 0px -33% 0px" }
    );
    each(".transdx-table, .transdx-gallery, .transdx-trial", function (table) {
      observer.observe(table);
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    nameControls();
    handOutNotebooks();
    foldContents();
    new MutationObserver(nameControls).observe(root, { attributeFilter: ["data-mode"] });
  });
  window.addEventListener("resize", reachScrolling);
  window.addEventListener("load", function () {
    const typeset = window.MathJax && window.MathJax.startup && window.MathJax.startup.promise;
    Promise.resolve(typeset).then(reachScrolling);
  });

  let shown = null;
  window.addEventListener("beforeprint", function () {
    shown = root.dataset.theme;
    root.dataset.theme = "light";
    each(".transdx-light", function (image) {
      image.loading = "eager";
    });
  });
  window.addEventListener("afterprint", function () {
    root.dataset.theme = shown;
  });
})();
