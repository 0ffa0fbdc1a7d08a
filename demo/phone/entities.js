// Text and its entities become elements. Nothing is ever parsed as HTML.

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

export function renderText(text, entities, onCommand) {
  const sorted = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return renderRange(text, 0, text.length, sorted, onCommand);
}

function renderRange(text, start, end, entities, onCommand) {
  const fragment = document.createDocumentFragment();
  let at = start;
  for (let i = 0; i < entities.length; i += 1) {
    const entity = entities[i];
    const stop = Math.min(entity.offset + entity.length, end);
    if (entity.offset < at || stop <= at) continue;
    fragment.append(text.slice(at, entity.offset));
    const inside = entities.slice(i + 1).filter((other) => other.offset < stop);
    const element = makeElement(entity, text.slice(entity.offset, stop), onCommand);
    element.append(renderRange(text, entity.offset, stop, inside, onCommand));
    fragment.append(element);
    at = stop;
  }
  fragment.append(text.slice(at, end));
  return fragment;
}

function makeElement(entity, words, onCommand) {
  if (entity.type === "bot_command") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "command";
    button.addEventListener("click", () => onCommand(words));
    return button;
  }
  if (entity.type === "spoiler") {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "spoiler";
    button.setAttribute("aria-label", "Hidden text, press to show");
    button.addEventListener("click", () => {
      button.classList.add("open");
      button.removeAttribute("aria-label");
    });
    return button;
  }
  const address = findAddress(entity, words);
  if (address) {
    const link = document.createElement("a");
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    return link;
  }
  return document.createElement(TAGS[entity.type] ?? "span");
}

function findAddress(entity, words) {
  if (entity.type === "email") return `mailto:${words}`;
  if (entity.type === "phone_number") return `tel:${words.replace(/[^+\d]/g, "")}`;
  if (entity.type === "url") return safeUrl(words);
  if (entity.type === "text_link") return safeUrl(entity.url);
  return null;
}

export function safeUrl(url) {
  const whole = url.includes(":") ? url : `https://${url}`;
  return /^(https?|mailto|tel|tg):/i.test(whole) ? whole : null;
}
