"use strict";
// Labelling: marks of entities in the words, which move with them; kinds only for emergencies; ticks for all alike.
(() => {
  const form = document.querySelector("[data-label-form]");
  if (!form) return;
  const text = form.elements.text;
  const kind = form.elements.kind;
  const store = form.elements.marks;
  const entity = form.querySelector("[data-entity]");
  const list = form.querySelector("[data-marks]");
  const shown = form.querySelector("[data-marked]");
  const said = form.querySelector("[data-mark-said]");
  const names = new Map([...entity.options].map((option) => [option.value, option.textContent]));

  // The server counts characters, JavaScript halves of them.
  const toServer = (words, place) => [...words.slice(0, place)].length;
  const fromServer = (words, place) => [...words].slice(0, place).join("").length;

  let words = text.value;
  let marks = JSON.parse(store.value || "[]").map((mark) => ({
    name: mark.name, start: fromServer(words, mark.start), end: fromServer(words, mark.end),
  }));

  const draw = () => {
    marks.sort((one, other) => one.start - other.start);
    store.value = JSON.stringify(marks.map((mark) => ({
      name: mark.name, start: toServer(words, mark.start), end: toServer(words, mark.end),
    })));
    list.replaceChildren(...marks.map(drawMark));
    shown.hidden = marks.length === 0;
    const parts = [];
    let at = 0;
    for (const mark of marks) {
      const part = document.createElement("mark");
      part.textContent = words.slice(mark.start, mark.end);
      parts.push(words.slice(at, mark.start), part);
      at = mark.end;
    }
    shown.replaceChildren(...parts, words.slice(at));
  };
  const drawMark = (mark) => {
    const item = document.createElement("li");
    const label = document.createElement("span");
    label.textContent = `${names.get(mark.name) || mark.name}: “${words.slice(mark.start, mark.end)}”`;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "link";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `${list.dataset.remove}: ${label.textContent}`);
    remove.addEventListener("click", () => {
      marks = marks.filter((other) => other !== mark);
      draw();
      entity.focus();
    });
    item.append(label, remove);
    return item;
  };

  // What is typed moves the marks behind it and takes away those it changes.
  const follow = () => {
    const now = text.value;
    const most = Math.min(words.length, now.length);
    let same = 0;
    while (same < most && words[same] === now[same]) same += 1;
    let tail = 0;
    while (tail < most - same && words[words.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
    const end = words.length - tail;
    const by = now.length - words.length;
    marks = marks
      .filter((mark) => mark.end <= same || mark.start >= end)
      .map((mark) => (mark.start >= end ? { ...mark, start: mark.start + by, end: mark.end + by } : mark));
    words = now;
    draw();
  };

  const add = () => {
    let [start, end] = [text.selectionStart, text.selectionEnd];
    while (start < end && /\s/.test(words[start])) start += 1;
    while (end > start && /\s/.test(words[end - 1])) end -= 1;
    said.textContent = "";
    if (start === end) said.textContent = form.dataset.empty;
    else if (marks.some((mark) => mark.start < end && mark.end > start)) said.textContent = form.dataset.over;
    else {
      marks.push({ name: entity.value, start, end });
      draw();
      said.textContent = list.textContent.replaceAll("×", " ");
      entity.blur();
    }
  };

  const chooseKind = () => {
    const chosen = form.querySelector("[name=intent]:checked");
    kind.disabled = !chosen || chosen.value !== "emergency";
  };

  text.addEventListener("input", follow);
  form.querySelector("[data-mark]").addEventListener("click", add);
  entity.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  });
  form.addEventListener("change", (event) => { if (event.target.name === "intent") chooseKind(); });
  const all = form.querySelector("[data-all]");
  if (all) {
    all.addEventListener("click", () => {
      const boxes = [...form.querySelectorAll("[name^=same-]")];
      const isOn = boxes.some((box) => !box.checked);
      for (const box of boxes) box.checked = isOn;
    });
  }
  // The conversation begins at the message itself, with a little of what came before.
  const around = document.querySelector(".around");
  const itself = around && around.querySelector(".it");
  if (itself) around.scrollTop = Math.max(0, itself.offsetTop + itself.offsetHeight - around.clientHeight * 0.75);
  // A browser that goes back shows what was typed before.
  follow();
  chooseKind();
  draw();
})();
