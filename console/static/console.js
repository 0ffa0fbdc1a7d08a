"use strict";
// What the pages do beyond plain forms: drafts, scrolling, the alarm, and saying when the news have stopped.
(() => {
  const byId = (id) => document.getElementById(id);
  const plainTitle = document.title;

  // Drafts survive a reload, a refusal and an ended log-in; they go when the form was accepted.
  const drafts = {
    key: (field) => `draft:${field.dataset.draft}`,
    save(field) {
      if (field.value) sessionStorage.setItem(drafts.key(field), field.value);
      else sessionStorage.removeItem(drafts.key(field));
    },
    restore(root) {
      for (const field of root.querySelectorAll("[data-draft]")) {
        const kept = sessionStorage.getItem(drafts.key(field));
        if (kept && !field.value) field.value = kept;
      }
    },
    forget(form) {
      for (const field of form.querySelectorAll("[data-draft]")) sessionStorage.removeItem(drafts.key(field));
    },
  };

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
    settle() {
      const box = document.querySelector("[data-bottom]");
      if (box) box.scrollTop = threads.isAtEnd ? box.scrollHeight : threads.top;
    },
  };

  // A sound of two notes, made here: no file, no permission beyond the click that switched it on.
  const alarm = {
    audio: null,
    heard: 0,
    isOn: () => localStorage.getItem("sound") === "on",
    beep() {
      alarm.audio = alarm.audio || new AudioContext();
      [880, 660].forEach((pitch, place) => {
        const tone = alarm.audio.createOscillator();
        const volume = alarm.audio.createGain();
        const start = alarm.audio.currentTime + place * 0.25;
        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0.2, start);
        volume.gain.exponentialRampToValueAtTime(0.001, start + 0.24);
        tone.connect(volume).connect(alarm.audio.destination);
        tone.start(start);
        tone.stop(start + 0.25);
      });
    },
    look(isNews) {
      const holder = document.querySelector("[data-emergencies]");
      const count = holder ? Number(holder.dataset.emergencies) : 0;
      document.title = count ? `🚨 (${count}) ${plainTitle}` : plainTitle;
      const button = document.querySelector("[data-sound]");
      if (button) {
        button.hidden = false;
        button.textContent = alarm.isOn() ? button.dataset.on : button.dataset.off;
        button.setAttribute("aria-pressed", String(alarm.isOn()));
      }
      if (count && (isNews || count > alarm.heard) && alarm.isOn()) alarm.beep();
      alarm.heard = count;
      measure();
    },
  };

  const measure = () => {
    const calls = byId("calls");
    if (calls) document.documentElement.style.setProperty("--calls-height", `${calls.offsetHeight}px`);
  };

  // Whoever pressed a button hears and sees first why nothing came of it.
  const showRefusal = () => {
    const refused = document.querySelector(".notice[role=alert]");
    if (refused) refused.focus();
  };

  const isBusy = (target) => {
    if (target.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return true;
    return [...target.querySelectorAll("textarea, input:not([type=hidden])")].some((field) => field.value && field.value !== field.defaultValue);
  };

  // What can be done in a part of the page; the minutes in its words change all the time.
  const offers = (part) => [...part.querySelectorAll("form")]
    .map((form) => form.getAttribute("action") + Boolean(form.querySelector("button:disabled")))
    .join();

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-draft]")) drafts.save(event.target);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form) form.requestSubmit();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-sound]")) {
      localStorage.setItem("sound", alarm.isOn() ? "off" : "on");
      alarm.look(true);
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // News must not take the words out of somebody's hands: what is being written in stays, and the page says so.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.matches("#composer, #actions") && isBusy(event.detail.target)) {
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
    if (event.detail.target.id === "calls") alarm.look(false);
    if (event.detail.target.id === "work") {
      byId("stale").hidden = true;
      showRefusal();
    }
    drafts.restore(document);
    threads.settle();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    // The form itself may be gone from the page by now; the request still knows it.
    const form = event.detail.requestConfig.elt.closest("form");
    const isLedAway = event.detail.xhr.getResponseHeader("HX-Redirect");
    if (form && event.detail.xhr.status < 300 && event.detail.successful && !isLedAway) drafts.forget(form);
  });
  document.addEventListener("htmx:beforeRequest", () => { byId("failed").hidden = true; });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.elt.matches("form")) byId("failed").hidden = false;
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.elt.matches("form")) byId("failed").hidden = false;
  });
  document.addEventListener("htmx:sseError", () => { byId("offline").hidden = false; });
  document.addEventListener("htmx:sseOpen", () => { byId("offline").hidden = true; });

  // A photo takes its room only when it has come; `load` does not bubble.
  document.addEventListener("load", (event) => {
    if (event.target.matches && event.target.matches("[data-bottom] img")) threads.settle();
  }, true);
  document.addEventListener("scroll", (event) => {
    if (event.target.matches && event.target.matches("[data-bottom]")) threads.look(event.target);
  }, true);

  // Where this script runs, a changed filter applies by itself; the button stays for the keyboard.
  for (const button of document.querySelectorAll("[data-apply]")) button.classList.add("sr");
  drafts.restore(document);
  threads.settle();
  alarm.look(false);
  window.addEventListener("resize", measure);
  showRefusal();
})();
