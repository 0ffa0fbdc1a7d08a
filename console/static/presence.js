"use strict";
// Says every few seconds that somebody looks at a conversation, and that they type when they do. It ends by itself with
// the page, with the log-in, and while the page is out of sight.
(() => {
  const LOOKING_MS = 8000;
  const TYPING_MS = 3000;
  let typedAt = 0;
  let isOver = false;

  const place = () => {
    const shown = document.querySelector("[data-presence]");
    return shown && shown.dataset.presence;
  };

  const say = async (what) => {
    const url = place();
    if (!url || isOver) return;
    try {
      const answer = await fetch(url, { method: "POST", body: new URLSearchParams({ what }), redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 404) isOver = true;
    } catch {
      // The next beat tries again.
    }
  };

  const beat = () => {
    if (document.visibilityState === "visible") say("looking");
  };

  document.addEventListener("input", (event) => {
    if (!event.target.matches("#reply-text, #note-text")) return;
    if (Date.now() - typedAt < TYPING_MS) return;
    typedAt = Date.now();
    say("typing");
  });
  document.addEventListener("visibilitychange", beat);
  window.addEventListener("pagehide", () => {
    const url = place();
    if (url && !isOver) navigator.sendBeacon(url, new URLSearchParams({ what: "gone" }));
  });

  beat();
  setInterval(beat, LOOKING_MS);
})();
