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
  // Why a form was refused is read in peace: news do not take it away, the next press does.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const box = event.detail.target;
    if (box.id === "held" && box.querySelector(".notice")) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSettle", watch);
  watch();
})();
