"use strict";
// What an action or news draw anew stays where it was: the columns keep their scrolling, and whoever works with the
// keyboard or a screen reader goes on at what has just been done, not at the top of the page.
(() => {
  const COLUMNS = [".doing", ".known", ".about"];
  // As the person left them: a column that is put in the place of another begins at its top and says nothing of it.
  const kept = new Map();

  document.addEventListener("scroll", (event) => {
    const selector = event.target.matches && COLUMNS.find((one) => event.target.matches(one));
    if (selector) kept.set(selector, event.target.scrollTop);
  }, true);
  document.addEventListener("htmx:afterSettle", (event) => {
    for (const [selector, top] of kept) {
      const column = document.querySelector(selector);
      if (column && column.scrollTop !== top) column.scrollTop = top;
    }
    if (event.detail.target.id !== "work" || document.activeElement !== document.body) return;
    const held = document.getElementById("held");
    const place = held && held.firstElementChild ? held : document.getElementById("main");
    place.focus({ preventScroll: true });
  });
})();
