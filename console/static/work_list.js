"use strict";
// Choosing rows of the work list: what is chosen survives the list drawing itself anew.
(() => {
  const bar = document.getElementById("bulk");
  const chosen = new Set();
  const boxes = () => [...document.querySelectorAll("[data-choose]")];
  const whole = bar.querySelector("[data-whole]");
  const all = () => document.querySelector("[data-choose-all]");

  const show = () => {
    const here = boxes();
    const present = new Set(here.map((box) => box.value));
    for (const id of [...chosen]) if (!present.has(id)) chosen.delete(id);
    for (const box of here) {
      box.checked = chosen.has(box.value);
      box.closest("tr").classList.toggle("is-chosen", box.checked);
    }
    const head = all();
    if (head) {
      head.hidden = false;
      head.checked = here.length > 0 && chosen.size === here.length;
      head.indeterminate = chosen.size > 0 && !head.checked;
    }
    bar.hidden = chosen.size === 0;
    if (bar.hidden) whole.checked = false;
    bar.querySelector("[data-chosen]").textContent = bar.dataset.chosenWords.replace("{count}", chosen.size);
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-choose]")) {
      if (event.target.checked) chosen.add(event.target.value);
      else chosen.delete(event.target.value);
    } else if (event.target.matches("[data-choose-all]")) {
      for (const box of boxes()) {
        if (event.target.checked) chosen.add(box.value);
        else chosen.delete(box.value);
      }
    } else {
      return;
    }
    show();
  });
  document.addEventListener("htmx:afterSettle", show);
  // What was ticked before this script ran, or is remembered by a browser that comes back to the page.
  const remember = () => {
    for (const box of boxes()) if (box.checked) chosen.add(box.value);
    show();
  };
  window.addEventListener("pageshow", remember);
  remember();
})();
