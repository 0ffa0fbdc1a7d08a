"use strict";
// What the pages do beyond plain forms: scrolling, the alarm, and saying when the news have stopped.
(() => {
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

  // While a form is under way nothing else is fetched, and what is on its way is dropped: it was drawn before the form's
  // answer and would overwrite it. An answer whose place another form has drawn anew meanwhile is fetched with the page.
  const news = {
    forms: new Set(),
    asked: null,
    dropped: null,
    drawn: null,
    wasHeld: false,
    hold(xhr) {
      news.forms.add(xhr);
      news.dropped = news.asked;
      // Not htmx's own event: it does not reach the document from a form that has been drawn anew.
      xhr.addEventListener("loadend", () => news.release(xhr));
    },
    askAgain() {
      news.wasHeld = news.forms.size > 0;
      if (!news.wasHeld) htmx.trigger("#live", "sse:refresh");
    },
    release(xhr) {
      news.forms.delete(xhr);
      if (news.wasHeld || news.drawn !== xhr) news.askAgain();
    },
  };

  // Whoever pressed a button hears and sees first why nothing came of it.
  const showRefusal = () => {
    const refused = document.querySelector(".notice[role=alert]:not([hidden])");
    if (refused) refused.focus();
  };

  // What a refused form held was drawn by the server, so that its fields look untouched.
  const isRefused = () => document.querySelector("#work .notice[role=alert]:not([hidden])") !== null;
  const isChosen = (select) => select.selectedIndex !== Math.max(0, [...select.options].findIndex((option) => option.defaultSelected));
  const isBusy = (target) => {
    if (isRefused()) return true;
    if (target.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return true;
    const isWritten = [...target.querySelectorAll("textarea, input:not([type=hidden])")].some((field) => field.value && field.value !== field.defaultValue);
    return isWritten || [...target.querySelectorAll("select")].some(isChosen);
  };

  // What can be done in a part of the page; the minutes in its words change all the time.
  const offers = (part) => [...part.querySelectorAll("form")]
    .map((form) => form.getAttribute("action") + Boolean(form.querySelector("button:disabled")))
    .join();

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form) form.requestSubmit();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea, select, input") && event.target.form && event.target.form.method === "post") {
      event.preventDefault();
      event.target.form.requestSubmit();
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
    } else {
      // A form somebody has just opened stays open, though nothing is written in it yet.
      for (const form of event.detail.target.querySelectorAll("details[open] form[action]")) {
        const twin = event.detail.fragment.querySelector(`form[action="${form.getAttribute("action")}"]`);
        if (twin && twin.closest("details")) twin.closest("details").open = true;
      }
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "work") {
      byId("stale").hidden = true;
      showRefusal();
    }
    threads.settle();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    byId("failed").hidden = true;
    if (event.target.id !== "live" || !news.forms.size) return;
    event.preventDefault();
    news.askAgain();
  });
  document.addEventListener("htmx:beforeSend", (event) => {
    if (event.target.id === "live") news.asked = event.detail.xhr;
    else if (event.detail.target.id === "work" || event.detail.requestConfig.verb !== "get") news.hold(event.detail.xhr);
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.target.id !== "live" || event.detail.xhr !== news.dropped) return;
    event.preventDefault();
    news.askAgain();
  });
  document.addEventListener("htmx:beforeSwap", (event) => { news.drawn = event.detail.xhr; });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.elt.matches("form")) byId("failed").hidden = false;
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.elt.matches("form")) byId("failed").hidden = false;
  });
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

  // A form or a link that leads to another page: if that takes long, the page says so until it goes.
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.method !== "dialog") document.body.classList.add("is-leaving");
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
