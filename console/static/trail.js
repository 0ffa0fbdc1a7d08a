"use strict";
// From one appeal to the next: the list somebody came from is kept in this tab, so that an appeal leads on to the one
// below it and back to the list as it was, with the keys at the row that was opened.
(() => {
  const KEPT = "ownerdesk.trail";

  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT)) || null;
    } catch {
      return null;
    }
  };
  const keep = (trail) => {
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(trail));
    } catch {
      // A browser that keeps nothing leads back to the whole list.
    }
  };
  const here = () => location.pathname + location.search;

  const rows = () => [...document.querySelectorAll("#list [data-row]")];
  const remember = () => {
    const ids = rows().map((row) => row.dataset.row);
    if (ids.length) keep({ list: here(), ids, at: (document.querySelector("#list [data-row].is-at") || { dataset: {} }).dataset.row || "" });
  };
  const comeBack = () => {
    const trail = read();
    const [arrival] = performance.getEntriesByType("navigation");
    // Whoever goes to the list by its own address begins at its top.
    if (!trail || trail.list !== here() || !(trail.isComingBack || arrival.type === "back_forward")) return;
    const row = rows().find((one) => one.dataset.row === trail.at);
    const link = row && row.querySelector(".row-link");
    if (!link || document.activeElement !== document.body) return;
    link.focus({ preventScroll: true });
    row.scrollIntoView({ block: "center" });
  };

  // On an appeal: where it stands in the list, and its neighbours there.
  const show = () => {
    const bar = document.getElementById("trail");
    const trail = read();
    if (!bar || !trail) return;
    const back = document.querySelector("[data-trail=list]");
    if (back) back.href = trail.list;
    const place = trail.ids.indexOf(bar.dataset.appeal);
    bar.hidden = place < 0;
    if (place < 0) return;
    if (trail.at !== bar.dataset.appeal) keep({ ...trail, at: bar.dataset.appeal });
    for (const [name, id] of [["previous", trail.ids[place - 1]], ["next", trail.ids[place + 1]]]) {
      const link = bar.querySelector(`[data-trail=${name}]`);
      link.hidden = !id;
      if (id) link.href = `/appeals/${id}`;
    }
    bar.querySelector("[data-trail=place]").textContent = bar.dataset.words.replace("{place}", place + 1).replace("{count}", trail.ids.length);
  };

  document.addEventListener("click", (event) => {
    const trail = event.target.closest("[data-trail=list]") && read();
    if (trail) keep({ ...trail, isComingBack: true });
  });
  if (document.getElementById("list")) {
    comeBack();
    window.addEventListener("pagehide", remember);
  }
  document.addEventListener("htmx:afterSettle", show);
  show();
})();
