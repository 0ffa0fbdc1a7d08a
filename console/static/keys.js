"use strict";
// Single keys, the sheet that explains them, and the palette. What keys do stands in the sheet (console/shortcuts.py).
(() => {
  const sheet = document.getElementById("keys");
  const palette = document.getElementById("palette");
  if (!sheet || !palette) return;
  const PAIR_MS = 1500; // how long `g` waits for its letter
  const ASK_MS = 120; // how long the palette waits for more letters

  const isTyping = (target) => target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
  const isVisible = (part) => part.checkVisibility({ visibilityProperty: true });
  // What shows where a part is: the outermost fold that is closed around it, else the part itself.
  const holder = (part) => {
    let shown = part;
    for (let fold = part.closest("details"); fold; fold = fold.parentElement.closest("details")) if (!fold.open) shown = fold;
    return shown;
  };
  const usesKeys = () => sheet.dataset.usesKeys === "yes";
  const isModal = () => document.querySelector("dialog[open]") !== null;

  // The row the keys are at. Its link has the focus, so that Enter and a screen reader need nothing from here.
  const rows = {
    at: "",
    isHeld: false, // whether the focus was in a row when a list began to be drawn anew
    list: () => [...document.querySelectorAll("[data-row]")].filter(isVisible),
    current() {
      const focused = document.activeElement.closest("[data-row]");
      return focused || rows.list().find((row) => row.dataset.row === rows.at) || null;
    },
    link: (row) => row.querySelector("[data-open]") || row.querySelector(".row-link") || row.querySelector("a[href]"),
    mark(row) {
      for (const other of document.querySelectorAll("[data-row].is-at")) other.classList.remove("is-at");
      rows.at = row.dataset.row;
      row.classList.add("is-at");
    },
    go(row) {
      rows.mark(row);
      const target = rows.link(row) || row;
      if (target === row) row.tabIndex = -1;
      target.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    },
    step(by) {
      const all = rows.list();
      // On an appeal there are no rows: the list it was opened from leads on.
      if (!all.length) return press(by > 0 ? "j" : "k");
      const place = all.indexOf(rows.current());
      rows.go(all[place < 0 ? 0 : Math.min(Math.max(place + by, 0), all.length - 1)]);
      return true;
    },
    open() {
      const row = rows.current();
      const link = row && rows.link(row);
      if (link) link.click();
    },
    select() {
      const row = rows.current();
      const box = row && row.querySelector("input[type=checkbox]");
      if (box) box.click();
    },
  };

  // A key presses what carries it in the row the keys are at, else on the page: it goes into a field, unfolds a
  // form, follows a link or presses a button.
  const carriers = (key) => [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)]
    .filter((part) => !part.disabled && isVisible(holder(part)));
  const press = (key) => {
    const all = carriers(key);
    const row = rows.current();
    const part = (row && all.find((one) => row.contains(one))) || all.find((one) => !one.closest("[data-row]"));
    return part ? use(part) : false;
  };
  const use = (part) => {
    for (let fold = part.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const field = part.matches("summary")
      ? part.parentElement.querySelector("form :is(textarea, select, input:not([type=hidden])), form button")
      : part.matches("textarea, select, input") ? part : null;
    if (field || part.matches("summary")) (field || part).focus();
    else part.click();
    return true;
  };

  const DOES = {
    next: () => rows.step(1),
    previous: () => rows.step(-1),
    select: () => rows.select(),
    open: () => rows.open(),
    sheet: () => sheet.showModal(),
    palette: () => finder.open(),
    search() {
      const field = document.querySelector("main input[type=search]");
      if (field) field.focus();
    },
  };
  const table = new Map([...sheet.querySelectorAll("[data-does]:not([data-does=here])")].map((row) => [row.dataset.keys, row.dataset.does]));

  let first = "";
  let firstAt = 0;
  const isNative = (event) => event.key === "Enter" && event.target.closest("a, button, summary, input");
  const hear = (event) => {
    const pair = first && Date.now() - firstAt < PAIR_MS ? `${first} ${event.key}` : "";
    first = "";
    if (pair) {
      const path = table.get(pair);
      if (path) location.assign(path);
      return Boolean(path);
    }
    if (event.key === "g") {
      [first, firstAt] = ["g", Date.now()];
      return true;
    }
    // What a page has on a key goes before what the key does elsewhere.
    if (carriers(event.key).some((part) => !part.closest("[data-row]")) && press(event.key)) return true;
    const does = table.get(event.key);
    if (does && does.startsWith("/")) {
      location.assign(does);
      return true;
    }
    if (does === "press") return press(event.key);
    if (!does || !DOES[does] || isNative(event)) return false;
    DOES[does]();
    return true;
  };

  // What is pressed before an action has answered waits for the answer, which draws the page anew: a form opened before
  // that would go, and with it the first letters of what is written. News may draw the page in between, so it is the
  // request that is waited for and not what the page looks like.
  const early = {
    keys: [],
    awaited: null,
    begin(event) {
      const { xhr, target } = event.detail;
      if (target.id !== "work") return;
      early.awaited = xhr;
      // Not htmx's own events: they do not reach the document from a form that has been drawn anew.
      xhr.addEventListener("loadend", () => setTimeout(early.end, htmx.config.defaultSettleDelay, xhr));
    },
    end(xhr) {
      if (xhr !== early.awaited) return;
      const keys = xhr.status && xhr.status < 500 ? early.keys : [];
      [early.keys, early.awaited] = [[], null];
      for (const key of keys) early.replay(key, document.activeElement);
    },
    replay(key, target) {
      if (!isTyping(target)) hear({ key, target });
      else if (target.matches("textarea, input[type=text], input:not([type])")) {
        target.setRangeText(key, target.selectionStart, target.selectionEnd, "end");
        target.dispatchEvent(new Event("input", { bubbles: true }));
      }
    },
  };
  document.addEventListener("htmx:beforeSend", early.begin);

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (!isModal()) finder.open();
      return;
    }
    if (event.key === "Escape" && !isModal() && isTyping(event.target)) {
      event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isModal() || !usesKeys() || isTyping(event.target)) return;
    // A key held down walks on through a list, and does nothing twice.
    if (event.repeat && !["next", "previous"].includes(table.get(event.key))) return;
    if (early.awaited && event.key.length === 1) {
      early.keys.push(event.key);
      event.preventDefault();
    } else if (hear(event)) event.preventDefault();
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) rows.mark(row);
  });
  // A list that was drawn anew keeps the row the keys were at.
  document.addEventListener("htmx:beforeSwap", () => {
    rows.isHeld = rows.isHeld || document.activeElement.closest("[data-row]") !== null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const row = rows.at && rows.list().find((one) => one.dataset.row === rows.at);
    if (row) row.classList.add("is-at");
    if (row && rows.isHeld && document.activeElement === document.body) rows.go(row);
    rows.isHeld = false;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-sheet]")) sheet.showModal();
    else if (event.target.closest("[data-palette]")) finder.open();
    else if (event.target.matches("dialog")) event.target.close();
  });

  // The palette: what this page offers is read from it, the rest is asked for.
  const finder = {
    field: palette.querySelector("input"),
    list: palette.querySelector("ul"),
    none: palette.querySelector("[role=status]"),
    asked: 0,
    timer: 0,
    isLate: false, // what is shown is not yet what was typed
    isHurried: false, // Enter was pressed meanwhile
    actions: [],
    open() {
      // Looked for before the dialog covers the page.
      finder.actions = finder.offered();
      finder.field.value = "";
      [finder.isLate, finder.isHurried] = [false, false];
      finder.list.replaceChildren();
      palette.showModal();
      finder.ask();
    },
    offered: () => [...document.querySelectorAll("[data-key], [data-action]")]
      .filter((part) => !part.closest("[data-row], dialog") && !part.disabled && isVisible(holder(part)))
      .map((part) => ({ part, name: finder.name(part) }))
      .filter((action) => action.name),
    name(part) {
      const label = part.labels && part.labels[0];
      return (part.dataset.keyName || part.getAttribute("aria-label") || (label && label.textContent) || part.textContent).trim();
    },
    ask() {
      const mine = (finder.asked += 1);
      const words = finder.field.value.trim();
      fetch(`/palette?q=${encodeURIComponent(words)}`, { headers: { "HX-Request": "true" } })
        .then((answer) => {
          const elsewhere = answer.headers.get("HX-Redirect");
          if (elsewhere) location.assign(elsewhere);
          return answer.ok ? answer.text() : "";
        })
        .then((html) => { if (mine === finder.asked) finder.show(html, words); })
        .catch(() => { if (mine === finder.asked) finder.show("", words); });
    },
    show(html, words) {
      const template = document.createElement("template");
      template.innerHTML = html;
      finder.list.replaceChildren(...finder.ours(words), template.content);
      finder.options().forEach((option, place) => { option.id = `palette-${place}`; });
      finder.none.hidden = finder.options().length > 0;
      finder.choose(finder.options()[0]);
      finder.isLate = false;
      if (finder.isHurried) finder.take(finder.chosen());
      finder.isHurried = false;
    },
    ours(words) {
      const found = finder.actions.filter((action) => action.name.toLocaleLowerCase().includes(words.toLocaleLowerCase()));
      if (!found.length) return [];
      const head = document.createElement("li");
      head.setAttribute("role", "presentation");
      head.textContent = finder.list.dataset.actions;
      return [head, ...found.map((action) => {
        const option = document.createElement("li");
        option.setAttribute("role", "option");
        const name = document.createElement("span");
        name.textContent = action.name;
        option.append(name);
        if (action.part.dataset.key) {
          const key = document.createElement("kbd");
          key.textContent = action.part.dataset.key;
          option.append(key);
        }
        option.action = action;
        return option;
      })];
    },
    options: () => [...finder.list.querySelectorAll("[role=option]")],
    chosen: () => finder.list.querySelector("[aria-selected=true]"),
    choose(option) {
      for (const other of finder.options()) other.setAttribute("aria-selected", String(other === option));
      if (option) {
        finder.field.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      } else finder.field.removeAttribute("aria-activedescendant");
    },
    step(by) {
      const all = finder.options();
      if (all.length) finder.choose(all[(all.indexOf(finder.chosen()) + by + all.length) % all.length]);
    },
    enter() {
      if (finder.isLate) finder.isHurried = true;
      else finder.take(finder.chosen());
    },
    take(option) {
      if (!option) return;
      palette.close();
      if (option.action) {
        // News may have drawn the page anew behind the palette.
        const { name } = option.action;
        const now = option.action.part.isConnected ? option.action : finder.offered().find((action) => action.name === name);
        if (now) use(now.part);
      } else location.assign(option.dataset.href);
    },
  };
  finder.field.addEventListener("input", () => {
    finder.isLate = true;
    clearTimeout(finder.timer);
    finder.timer = setTimeout(finder.ask, ASK_MS);
  });
  finder.field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const does = { ArrowDown: () => finder.step(1), ArrowUp: () => finder.step(-1), Enter: finder.enter }[event.key];
    if (does) {
      event.preventDefault();
      does();
    }
  });
  finder.list.addEventListener("click", (event) => finder.take(event.target.closest("[role=option]")));
})();
