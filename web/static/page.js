// What the page does in the browser beside Gradio: it scrolls an answer's source to the answer, and tells
// who listens what has come. It speaks to nobody.
"use strict";

// Gradio's own words are in the language that it finds here; the page's is that of its path.
for (const [name, value] of [["language", location.pathname.slice(1, 3)], ["languages", [location.pathname.slice(1, 3)]]]) {
  Object.defineProperty(navigator, name, { value });
}

const scrolled = new WeakSet();

function scrollToAnswers() {
  for (const box of document.querySelectorAll(".source")) {
    const here = box.querySelector("mark");
    if (here && !scrolled.has(box) && box.clientHeight) {
      scrolled.add(box);
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", box.title);
      box.removeAttribute("title");
      const middle = (box.clientHeight - here.clientHeight) / 2;
      box.scrollTop += here.getBoundingClientRect().top - box.getBoundingClientRect().top - middle;
    }
  }
}

function letTablesBeScrolled() {
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth && box.tabIndex < 0) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", box.querySelector("th")?.textContent || "…");
    }
  }
}

function nameCells() {
  for (const table of document.querySelectorAll("table.rows:not([data-named])")) {
    table.dataset.named = "";
    const names = [...table.querySelectorAll("th")].map((head) => head.textContent);
    for (const row of table.querySelectorAll("tbody tr")) {
      [...row.cells].forEach((cell, n) => { cell.dataset.label = names[n] || ""; });
    }
  }
}

function tellWhoListens() {
  for (const id of ["said", "told", "done"]) {
    const place = document.getElementById(id);
    if (place && !place.hasAttribute("aria-live")) {
      place.setAttribute("aria-live", "polite");
    }
  }
}

function look() {
  scrollToAnswers();
  letTablesBeScrolled();
  nameCells();
  tellWhoListens();
}

document.documentElement.lang = location.pathname.split("/")[1] || "en";
new MutationObserver(() => requestAnimationFrame(look)).observe(document, { childList: true, subtree: true });
document.addEventListener("toggle", look, true);
