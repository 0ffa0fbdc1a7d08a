"use strict";
// Words in [data-draft] fields are kept in this browser, for their writer alone, until the form was accepted: they
// survive a reload, a refusal and an ended log-in. What came back says so, and can be thrown away.
(() => {
  const DAYS_KEPT = 7;
  const person = document.body.dataset.person || "0";
  const keyOf = (field) => `draft:${person}:${field.dataset.draft}`;

  const underWay = new Set();

  const read = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  };

  const save = (field) => {
    if (!field.value) localStorage.removeItem(keyOf(field));
    else localStorage.setItem(keyOf(field), JSON.stringify({ text: field.value, at: Date.now() }));
  };

  const sayOf = (field) => document.querySelector(`[data-draft-of="${field.id}"]`);

  const restore = () => {
    for (const field of document.querySelectorAll("[data-draft]")) {
      const kept = read(keyOf(field));
      if (!kept || !kept.text || underWay.has(keyOf(field)) || field.value !== field.defaultValue || field.value === kept.text) continue;
      field.value = kept.text;
      const said = sayOf(field);
      if (!said) continue;
      const at = new Date(kept.at);
      said.querySelector("time").dateTime = at.toISOString();
      said.querySelector("time").textContent = at.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      said.hidden = false;
      const details = field.closest("details");
      if (details) details.open = true;
    }
  };

  const dropOld = () => {
    const oldest = Date.now() - DAYS_KEPT * 24 * 3600 * 1000;
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith("draft:")) continue;
      const kept = read(key);
      if (!kept || !(kept.at > oldest)) localStorage.removeItem(key);
    }
  };

  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-draft]")) return;
    save(event.target);
    const said = sayOf(event.target);
    if (said) said.hidden = true;
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-discard]");
    if (!button) return;
    const field = document.getElementById(button.dataset.discard);
    field.value = "";
    localStorage.removeItem(keyOf(field));
    sayOf(field).hidden = true;
    field.focus();
  });
  // What is on its way is offered in no field until it is known whether it was accepted; what was written behind it goes on.
  // A log-in that has ended is an answer too, and accepts nothing.
  document.addEventListener("htmx:beforeSend", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (requestConfig.verb !== "post" || !requestConfig.elt.matches("form")) return;
    const sent = new Map([...requestConfig.elt.querySelectorAll("[data-draft]")].map((field) => [keyOf(field), field.value]));
    for (const key of sent.keys()) underWay.add(key);
    // Not htmx's own events: they do not reach the document from a form that has been drawn anew.
    xhr.addEventListener("loadend", () => {
      const isAccepted = xhr.status >= 200 && xhr.status < 300 && !xhr.getResponseHeader("HX-Redirect");
      for (const [key, text] of sent) {
        underWay.delete(key);
        const kept = read(key);
        if (!isAccepted || !kept) continue;
        const rest = kept.text.startsWith(text) ? kept.text.slice(text.length).trimStart() : kept.text;
        if (rest) localStorage.setItem(key, JSON.stringify({ ...kept, text: rest }));
        else localStorage.removeItem(key);
      }
      restore();
    });
  });
  document.addEventListener("htmx:afterSettle", restore);

  dropOld();
  restore();
})();
