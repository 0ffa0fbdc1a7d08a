"use strict";
// What an action or news draw anew stays where it was: the columns keep their scrolling, and whoever works with the
// keyboard or a screen reader goes on at what has just been done, not at the top of the page.
(() => {
  const COLUMNS = ["main", ".doing", ".known", ".about"];
  const columns = () => COLUMNS.map((selector) => document.querySelector(selector));
  let kept = [];

  document.addEventListener("htmx:beforeSwap", () => {
    kept = columns().map((column) => (column ? column.scrollTop : 0));
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    columns().forEach((column, place) => {
      // Only what was drawn anew has lost its place.
      if (column && kept[place] && !column.scrollTop) column.scrollTop = kept[place];
    });
    if (event.detail.target.id !== "work" || document.activeElement !== document.body) return;
    const held = document.getElementById("held");
    const place = held && held.firstElementChild ? held : document.getElementById("main");
    place.focus({ preventScroll: true });
  });
})();
