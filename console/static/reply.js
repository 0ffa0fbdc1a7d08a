"use strict";
// Helpers of the reply box: ready answers on "/", articles on "?", colleagues on "@", files, and the preview.
(() => {
  const byId = (id) => document.getElementById(id);
  let picker = null;

  const make = (name, properties = {}, children = []) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key in element) element[key] = value;
      else element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  };

  const put = (field, text) => {
    field.focus();
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // A list to choose from, in the combobox pattern: the focus stays in its search field, the arrows move the choice.
  class Picker {
    constructor(field, source, mark) {
      this.field = field;
      this.source = source;
      this.mark = mark;
      this.all = [];
      this.shown = [];
      this.active = -1;
      this.isLate = true; // what is shown is not yet what was searched for
      this.isHurried = false; // it was chosen meanwhile
      this.search = make("input", {
        type: "text", autocomplete: "off", role: "combobox", "aria-expanded": "true", "aria-controls": "picker-list",
        "aria-autocomplete": "list", "aria-label": source.dataset.pickLabel, placeholder: source.dataset.pickLabel,
      });
      this.list = make("ul", { id: "picker-list", role: "listbox", "aria-label": source.dataset.pickLabel });
      this.said = make("p", { className: "hint", role: "status" });
      this.box = make("div", { className: "picker" }, [this.search, this.list, this.said]);
      field.closest("form").insertAdjacentElement("beforebegin", this.box);
      this.search.addEventListener("input", () => this.look());
      this.search.addEventListener("keydown", (event) => this.press(event));
      this.search.addEventListener("blur", () => setTimeout(() => { if (picker === this) this.close(); }, 150));
      this.list.addEventListener("mousedown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => {
        const option = event.target.closest("[role=option]");
        if (option) this.choose(Number(option.dataset.place));
      });
      this.search.focus();
      this.load();
    }

    async load() {
      const asked = this.search.value;
      const url = new URL(this.source.dataset.pickUrl, location.href);
      if (this.isSearched()) url.searchParams.set("q", asked);
      try {
        const answer = await fetch(url, { headers: { Accept: "application/json", "HX-Request": "true" } });
        const away = answer.headers.get("HX-Redirect");
        if (away) {
          location.href = away;
          return;
        }
        if (this.isSearched() && asked !== this.search.value) return;
        this.isLate = false;
        if (answer.ok) this.all = await answer.json();
      } catch {
        this.isLate = false;
        byId("failed").hidden = false;
        return;
      }
      this.filter();
      if (this.isHurried) this.choose(this.active);
    }

    isSearched() {
      return "pickSearch" in this.source.dataset;
    }

    look() {
      // "and / or": a space right after the mark means the mark itself.
      if (this.search.value === " ") {
        this.leave(`${this.mark} `);
        return;
      }
      if (!this.isSearched()) {
        this.filter();
        return;
      }
      this.isLate = true;
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.load(), 150);
    }

    filter() {
      const wanted = this.isSearched() ? "" : this.search.value.trim().toLowerCase();
      const options = this.all.flatMap((option) => (option.short && option.short !== option.text
        ? [option, { ...option, text: option.short, name: `${option.name} (${this.source.dataset.pickShort})` }]
        : [option]));
      this.shown = options.filter((o) => !wanted || `${o.mark} ${o.name} ${o.text}`.toLowerCase().includes(wanted));
      this.list.replaceChildren(...this.shown.map((option, place) => make("li", {
        id: `picker-${place}`, role: "option", "data-place": String(place), "aria-selected": "false",
      }, [make("strong", {}, [option.mark.length > 1 ? `${option.mark} ` : "", option.name]), make("span", { className: "meta" }, [option.text.slice(0, 160)])])));
      this.list.hidden = !this.shown.length;
      this.said.textContent = String(this.shown.length);
      this.said.classList.toggle("sr", this.shown.length > 0);
      this.move(this.shown.length ? 0 : -1);
    }

    move(place) {
      const before = this.list.children[this.active];
      if (before) before.setAttribute("aria-selected", "false");
      this.active = place;
      const option = this.list.children[place];
      if (!option) {
        this.search.removeAttribute("aria-activedescendant");
        return;
      }
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.search.setAttribute("aria-activedescendant", option.id);
    }

    press(event) {
      const last = this.shown.length - 1;
      const steps = {
        ArrowDown: () => this.move(this.active >= last ? 0 : this.active + 1),
        ArrowUp: () => this.move(this.active <= 0 ? last : this.active - 1),
        Home: () => this.move(Math.min(0, last)),
        End: () => this.move(last),
        Enter: () => this.enter(),
        Tab: () => this.enter(),
        Escape: () => this.leave(this.mark),
      };
      if (event.isComposing) return;
      if (event.key === "Backspace" && !this.search.value) {
        event.preventDefault();
        this.leave("");
      } else if (steps[event.key] && !(event.key === "Tab" && event.shiftKey)) {
        event.preventDefault();
        event.stopPropagation();
        steps[event.key]();
      }
    }

    enter() {
      if (this.isLate) this.isHurried = true;
      else this.choose(this.active);
    }

    choose(place) {
      const option = this.shown[place];
      this.leave(option ? option.text : this.mark + this.search.value);
    }

    leave(text) {
      this.close();
      if (text) put(this.field, text);
      else this.field.focus();
    }

    close() {
      if (picker === this) picker = null;
      clearTimeout(this.waiting);
      this.box.remove();
    }
  }

  const open = (field, source, mark) => {
    if (picker) picker.close();
    picker = new Picker(field, source, mark);
  };

  // The marks count only where a word begins; within one they are what they are.
  document.addEventListener("beforeinput", (event) => {
    const field = event.target;
    if (event.inputType !== "insertText" || event.isComposing || !field.matches("#reply-text, #note-text")) return;
    const before = field.value.slice(0, field.selectionStart);
    if (before && !/\s$/.test(before)) return;
    const source = field.id === "note-text"
      ? (field.dataset.pick === event.data ? field : null)
      : [...document.querySelectorAll("[data-pick-for='reply-text']")].find((b) => b.dataset.pick === event.data);
    if (!source) return;
    event.preventDefault();
    open(field, source, event.data);
  });
  document.addEventListener("click", (event) => {
    const source = event.target.closest("[data-pick-for]");
    if (source) open(byId(source.dataset.pickFor), source, "");
    if (event.target.closest("[data-close-preview]")) byId("preview").replaceChildren();
  });

  // Whoever opens a form wants to write in it.
  let opened = null;
  document.addEventListener("click", (event) => {
    const summary = event.target.closest("#composer summary");
    if (summary) opened = summary.parentElement;
  });
  document.addEventListener("toggle", (event) => {
    if (event.target !== opened || !event.target.open) return;
    opened = null;
    event.target.querySelector("textarea, select, input:not([type=hidden])").focus();
  }, true);

  // A file that Telegram would not take is refused before it travels. The others go one after the other, each from the form
  // that is on the page by then.
  let sending = Promise.resolve();
  document.addEventListener("change", (event) => {
    const form = event.target.closest("#attach-form");
    if (!form) return;
    const [file] = form.elements.file.files;
    const isTooLarge = file && file.size > Number(form.dataset.max);
    const said = byId("upload-refused");
    said.hidden = !isTooLarge;
    said.textContent = isTooLarge ? form.dataset.tooLarge : "";
    form.reset();
    if (!file || isTooLarge) return;
    const send = () => htmx.ajax("post", form.getAttribute("action"), { source: "#attach-form", values: { file } });
    sending = sending.then(send).catch(() => {});
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const form = event.target.closest && event.target.closest("#attach-form");
    if (!form || !event.detail.lengthComputable) return;
    const bar = form.querySelector("progress");
    bar.hidden = false;
    bar.value = (event.detail.loaded / event.detail.total) * 100;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest && event.detail.elt.closest("#attach-form");
    if (form) form.querySelector("progress").hidden = true;
  });
})();
