"use strict";
// A file that takes longer than a moment says how far it is. Without this script it is downloaded all the same.
(() => {
  const status = document.getElementById("export");
  const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

  const follow = async (key, template) => {
    const bar = document.createElement("progress");
    for (let tries = 0; tries < 1800; tries += 1) {
      await wait(1000);
      const answer = await fetch(`/figures/progress/${key}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) break;
      const { done, total } = await answer.json();
      if (!total || done >= total) break;
      bar.max = total;
      bar.value = done;
      status.replaceChildren(bar, ` ${template.replace("{done}", done).replace("{total}", total)}`);
    }
    status.replaceChildren();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-export]");
    if (!link) return;
    const key = crypto.getRandomValues(new Uint32Array(2)).join("");
    const address = new URL(link.href);
    address.searchParams.set("key", key);
    link.href = address.href;
    follow(key, link.closest(".exports").dataset.progressWords);
  });
})();
