"use strict";
// An emergency that nobody has taken cannot be overlooked on any page: the title flashes, a sound repeats, and a screen
// reader is told once of each. Muting is the server's to know, so that every tab and device of a person keeps to it.
(() => {
  const REPEAT = 8000;
  const plainTitle = document.title;
  const words = document.getElementById("alarm-words");
  let audio = null;
  let told = new Set();
  let isLit = false;

  const ids = (text) => (text || "").split(" ").filter(Boolean);
  const read = () => {
    const holder = document.querySelector("[data-emergencies]");
    if (!holder) return { all: [], loud: [], title: "" };
    const muted = new Set(ids(holder.dataset.muted));
    const all = ids(holder.dataset.emergencies);
    return { all, loud: all.filter((id) => !muted.has(id)), title: holder.dataset.title };
  };

  // Two notes made here: no file, and no permission beyond the first click or key.
  const beep = () => {
    [880, 660, 880].forEach((pitch, place) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const start = audio.currentTime + place * 0.25;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.25, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.24);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.25);
    });
    document.documentElement.dataset.beeps = String(Number(document.documentElement.dataset.beeps || 0) + 1);
  };
  const isAllowed = () => Boolean(audio) && audio.state === "running";
  const showBlocked = () => {
    const hint = document.querySelector("[data-blocked]");
    if (hint) hint.hidden = isAllowed() || read().loud.length === 0;
  };
  const sound = () => {
    if (read().loud.length > 0 && isAllowed()) beep();
    showBlocked();
  };

  // Browsers let a page sound only after somebody has touched it.
  const unlock = async () => {
    if (isAllowed() || read().all.length === 0) return;
    audio = audio || new AudioContext();
    await audio.resume();
    sound();
  };

  const flash = () => {
    const { all, title } = read();
    isLit = all.length > 0 && !isLit;
    document.title = isLit ? `🚨 (${all.length}) ${title}` : plainTitle;
  };

  const look = () => {
    const { all, loud } = read();
    const fresh = all.filter((id) => !told.has(id));
    if (fresh.length > 0) {
      const lines = fresh.map((id) => document.querySelector(`[data-emergency="${id}"]`)).filter(Boolean);
      words.textContent = lines.map((line) => line.dataset.say).join(". ");
      isLit = false;
      flash();
    }
    if (all.length === 0) {
      words.textContent = "";
      document.title = plainTitle;
    }
    if (fresh.some((id) => loud.includes(id))) sound();
    told = new Set(all);
    showBlocked();
  };

  // Not sooner than the click itself: the hint goes, and the page must not move under the pointer.
  document.addEventListener("click", unlock);
  document.addEventListener("keydown", unlock);
  document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.target.id === "calls") look(); });
  setInterval(flash, 1000);
  setInterval(sound, REPEAT);
  look();
})();
