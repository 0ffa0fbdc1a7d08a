"use strict";
// Settings: the text that is being written, as the owner will read it.
(() => {
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);

  const draw = (area) => {
    const form = area.closest("form");
    const holder = form.matches("[data-preview]") ? form : form.querySelector("[data-preview]");
    const bubble = holder && holder.querySelector(`[data-from="${area.dataset.bubble}"]`);
    if (!bubble || (area.name.startsWith("names."))) return;
    bubble.textContent = fill(area.value || area.dataset.otherwise || "", JSON.parse(holder.dataset.preview));
  };

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-bubble]")) draw(event.target);
  });
})();
