"use strict";
// What one has just done can be taken back for a few seconds; then the offer goes.
(() => {
  const watch = () => {
    for (const box of document.querySelectorAll(".undo[data-seconds]")) {
      if (box.dataset.watched) continue;
      box.dataset.watched = "yes";
      setTimeout(() => { box.hidden = true; }, Math.max(0, Number(box.dataset.seconds)) * 1000);
    }
  };
  document.addEventListener("htmx:afterSettle", watch);
  watch();
})();
