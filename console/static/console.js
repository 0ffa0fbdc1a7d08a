"use strict";
// What the pages do beyond plain forms: scrolling, the alarm, and saying when the news have stopped.
(() => {
  const LEAVING_MS = 5000;
  const byId = (id) => document.getElementById(id);

  // A page that was at its end stays there when something is added; somebody reading above is left alone.
  const threads = {
    isAtEnd: true,
    top: 0,
    look(box) {
      // Only somebody scrolling up leaves the end; a photo that comes late only pushes it away.
      const isNear = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
      threads.isAtEnd = isNear || (threads.isAtEnd && box.scrollTop >= threads.top);
      threads.top = box.scrollTop;
    },
    // An address that names a message begins there, not at the end.
    begin() {
      const box = document.querySelector("[data-bottom]");
      const named = /^#message-\d+$/.test(location.hash) ? byId(location.hash.slice(1)) : null;
      if (!box || !named || !box.contains(named)) return;
      threads.isAtEnd = false;
      threads.top = named.offsetTop - box.offsetTop;
    },
    settle() {
      const box = document.querySelector("[data-bottom]");
      if (box) box.scrollTop = threads.isAtEnd ? box.scrollHeight : threads.top;
    },
  };

  const measure = () => {
    const calls = byId("calls");
    if (calls) document.documentElement.style.setProperty("--calls-height", `${calls.offsetHeight}px`);
  };

  // While a form is under way the news that `id` asks for are not fetched, and those on their way are dropped: they were
  // drawn before the form's answer and would overwrite it. An answer whose place another form has drawn anew meanwhile is
  // fetched with the page.
  class News {
    constructor(id) {
      this.id = id;
      this.forms = new Set();
    }

    hold(xhr, target) {
      // A file may travel for minutes: meanwhile news are drawn, and only those that come after its answer are old.
      if (target.id !== "uploads") {
        this.forms.add(xhr);
        this.dropped = this.asked;
      }
      byId("failed").hidden = true;
      // Not htmx's own events: they do not reach the document from a form that has been drawn anew.
      xhr.addEventListener("loadend", () => this.release(xhr));
    }

    askAgain() {
      this.wasHeld = this.forms.size > 0;
      if (!this.wasHeld && byId(this.id)) htmx.trigger(byId(this.id), "sse:refresh");
    }

    release(xhr) {
      this.forms.delete(xhr);
      this.dropped = this.asked;
      if (![200, 409, 422].includes(xhr.status)) byId("failed").hidden = false;
      if (this.wasHeld || News.drawn !== xhr) this.askAgain();
    }
  }
  const page = new News("live");
  const calls = new News("calls");
  const newsOf = (event) => (event.detail.target.id === "calls" ? calls : page);

  // Whoever pressed a button hears and sees first why nothing came of it.
  const showRefusal = () => {
    const refused = document.querySelector(".notice[role=alert]:not([hidden])");
    if (refused) refused.focus();
  };

  // What a refused form held was drawn by the server, so that its fields look untouched.
  const isRefused = () => document.querySelector("#work .notice[role=alert]:not([hidden])") !== null;
  const FIELDS = "textarea, select, input:not([type=hidden])";
  const TICKS = "[type=checkbox], [type=radio]";
  const isTouched = (field) => {
    if (field.options) return field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
    if (field.matches(TICKS)) return field.checked !== field.defaultChecked;
    return field.value && field.value !== field.defaultValue;
  };
  const isBusy = (target) => {
    if (isRefused()) return true;
    if (target.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return true;
    return [...target.querySelectorAll(FIELDS)].some(isTouched);
  };

  // What can be done in a part of the page; the minutes in its words change all the time.
  const offers = (part) => [...part.querySelectorAll("form")]
    .map((form) => form.getAttribute("action") + Boolean(form.querySelector("button:disabled")))
    .join();

  // What somebody opened to read or to write in stays open when news draw it anew.
  const keepFolds = (former, fresh) => {
    const alike = (part, words) => [...part.querySelectorAll("summary")].filter((summary) => summary.textContent === words);
    for (const open of former.querySelectorAll("details[open] > summary")) {
      const words = open.textContent;
      const twin = alike(fresh, words)[alike(former, words).indexOf(open)];
      if (twin) twin.parentElement.open = true;
    }
  };
  // What is half written in one form goes on in its successor when another form draws the page anew.
  const carry = (former, fresh) => {
    for (const form of former.querySelectorAll("form[action]:not(.htmx-request)")) {
      for (const field of [...form.querySelectorAll(FIELDS)].filter(isTouched)) {
        const twin = [...fresh.querySelectorAll(`form[action="${form.getAttribute("action")}"] [name="${field.name}"]`)]
          .find((other) => other.type === field.type && (field.type !== "radio" || other.value === field.value));
        if (!twin) continue;
        if (field.type === "file") twin.files = field.files;
        else if (field.matches(TICKS)) twin.checked = field.checked;
        else twin.value = field.value;
        for (let fold = twin.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      }
    }
  };

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form) form.requestSubmit();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea, select, input") && event.target.form && event.target.form.method === "post") {
      event.preventDefault();
      if (!event.repeat) event.target.form.requestSubmit();
    }
  });
  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const field = copy.parentElement.querySelector("[data-copied]");
      field.select();
      const say = () => { copy.textContent = copy.dataset.done; };
      if (navigator.clipboard) navigator.clipboard.writeText(field.value).then(say, () => {});
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // News must not take the words out of somebody's hands: what is being written in stays, and the page says so.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.matches("#composer, #actions, #held, #known") && isBusy(event.detail.target)) {
      event.detail.shouldSwap = false;
      const fresh = event.detail.fragment.querySelector(`#${event.detail.target.id}`);
      if (!fresh || offers(fresh) !== offers(event.detail.target)) byId("stale").hidden = false;
    } else keepFolds(event.detail.target, event.detail.fragment);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const former = event.detail.target;
    if (former.id !== event.target.id || former === event.target) return;
    if (former.id === "work") carry(former, event.target);
    else if (event.detail.requestConfig.verb === "get") keepFolds(former, event.target);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "work") {
      byId("stale").hidden = true;
      showRefusal();
    }
    threads.settle();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const news = newsOf(event);
    if (event.target.id !== news.id || !news.forms.size) return;
    event.preventDefault();
    news.askAgain();
  });
  document.addEventListener("htmx:beforeSend", (event) => {
    const news = newsOf(event);
    if (event.target.id === news.id) news.asked = event.detail.xhr;
    else if (event.detail.requestConfig.verb !== "get") news.hold(event.detail.xhr, event.detail.target);
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const news = newsOf(event);
    if (event.target.id !== news.id || event.detail.xhr !== news.dropped) return;
    event.preventDefault();
    news.askAgain();
  });
  document.addEventListener("htmx:beforeSwap", (event) => { News.drawn = event.detail.xhr; });
  // The stream comes back by itself and tells the page to look again for all it missed; whoever reads is told both.
  document.addEventListener("htmx:sseError", () => {
    byId("online").hidden = true;
    byId("offline").hidden = false;
  });
  document.addEventListener("htmx:sseOpen", () => {
    if (byId("offline").hidden) return;
    byId("offline").hidden = true;
    byId("online").hidden = false;
    setTimeout(() => { byId("online").hidden = true; }, 6000);
  });

  // A photo takes its room only when it has come; `load` does not bubble.
  document.addEventListener("load", (event) => {
    if (event.target.matches && event.target.matches("[data-bottom] img")) threads.settle();
  }, true);
  document.addEventListener("scroll", (event) => {
    if (event.target.matches && event.target.matches("[data-bottom]")) threads.look(event.target);
  }, true);

  // A form that leads to another page: if that takes long, the page says so until it goes. The same press again is none.
  let pressed = null;
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method === "dialog") return;
    const isSame = pressed && pressed.target === event.target && pressed.submitter === event.submitter;
    if (isSame && event.target.method === "post" && event.timeStamp - pressed.timeStamp < LEAVING_MS) event.preventDefault();
    else pressed = event;
    document.body.classList.add("is-leaving");
  });
  window.addEventListener("pageshow", () => document.body.classList.remove("is-leaving"));

  // Where this script runs, a changed filter applies by itself; the button stays for the keyboard.
  for (const button of document.querySelectorAll("[data-apply]")) button.classList.add("sr");
  threads.begin();
  threads.settle();
  measure();
  // Its lines come and go by news and by themselves, and everything below is as high as they leave room.
  if (byId("calls")) new ResizeObserver(measure).observe(byId("calls"));
  showRefusal();
})();
