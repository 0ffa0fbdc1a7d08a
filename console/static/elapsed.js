"use strict";
// How long ago something began, counting on by itself.
(() => {
  const two = (number) => String(number).padStart(2, "0");

  const format = (seconds) => {
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    const rest = two(Math.floor(seconds % 60));
    return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
  };

  const tick = () => {
    for (const clock of document.querySelectorAll("time[data-since]")) {
      const seconds = Math.max(0, (Date.now() - Date.parse(clock.dateTime)) / 1000);
      if (seconds < 24 * 3600) clock.textContent = format(seconds);
    }
  };

  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);
  tick();
})();
