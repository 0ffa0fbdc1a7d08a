"use strict";
// Words in [data-draft] fields are kept in this browser, for their writer alone, until the form was accepted: they
// survive a reload, a refusal and an ended log-in. What came back says so, and can be thrown away.
(() => {
  const DAYS_KEPT = 7;
  const person = document.body.dataset.person || "0";
  const keyOf = (field) => `draft:${person}:${field.dataset.draft}`;

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
      if (!kept || !kept.text || field.value) continue;
      field.value = kept.text;
      field.dispatchEvent(new CustomEvent("draft:restored", { bubbles: true }));
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

  const forget = (field) => {
    localStorage.removeItem(keyOf(field));
    const said = sayOf(field);
    if (said) said.hidden = true;
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
    forget(field);
    field.focus();
  });
  // Before the answer is on the page: the fields of the form itself, not their successors, were accepted. A log-in that
  // has ended is an answer too, and accepts nothing.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig } = event.detail;
    const form = requestConfig.elt.closest("form");
    if (!form || requestConfig.verb !== "post" || xhr.status >= 300 || xhr.getResponseHeader("HX-Redirect")) return;
    for (const field of form.querySelectorAll("[data-draft]")) forget(field);
  });
  document.addEventListener("htmx:afterSettle", restore);

  dropOld();
  restore();
})();
