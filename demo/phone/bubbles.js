// One message, or one album, becomes one element.

import { fileUrl } from "./api.js";
import { renderText, safeUrl } from "./entities.js";

export const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  svg.setAttribute("aria-hidden", "true");
  return svg;
};

export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const clock = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });

export function summary(message) {
  if (message.text ?? message.caption) return message.text ?? message.caption;
  const kinds = { photo: "Photo", document: "File", voice: "Voice message", video: "Video", location: "Location", contact: "Contact" };
  if (message.sticker) return `${message.sticker.emoji ?? ""} Sticker`;
  return kinds[Object.keys(kinds).find((kind) => message[kind])] ?? "Message";
}

// `acts` has press(message, button), command(text), view(url) and jump(messageId).
export function renderMessage(messages, acts) {
  const last = messages[messages.length - 1];
  const note = serviceNote(last);
  if (note) return make("div", "note", note);
  const bubble = make("div", "bubble");
  const element = make("div", last.mine ? "message mine" : "message", bubble);
  element.tabIndex = -1;
  addContext(bubble, last, acts);
  const framed = addContent(bubble, messages, acts);
  const words = messages.find((message) => message.text ?? message.caption);
  if (words) {
    const marks = words.entities ?? words.caption_entities;
    bubble.append(make("span", "text", renderText(words.text ?? words.caption, marks, acts.command)));
  }
  const meta = renderMeta(last);
  if (framed && !words) meta.classList.add("over");
  if (words) bubble.lastChild.append(meta);
  else bubble.append(meta);
  const rows = last.reply_markup?.inline_keyboard;
  if (rows?.length) {
    element.classList.add("has-buttons");
    element.append(renderButtons(last, rows, acts));
  }
  return element;
}

function serviceNote(message) {
  if (message.group_chat_created) return "The group was created";
  if (message.migrate_to_chat_id) return "The group became a supergroup";
  return null;
}

function addContext(bubble, message, acts) {
  if (message.forward_origin) {
    const from = message.forward_origin.sender_user?.first_name ?? "somebody";
    bubble.append(make("span", "forwarded", `Forwarded from ${from}`));
  }
  const replied = message.reply_to_message;
  if (replied) {
    const button = make("button", "reply", make("strong", "", replied.from.first_name), make("span", "", summary(replied)));
    button.type = "button";
    button.addEventListener("click", () => acts.jump(replied.message_id));
    bubble.append(button);
  }
}

function renderMeta(message) {
  const meta = make("span", "meta", message.edit_date ? "edited " : null, clock(message.date));
  if (message.mine) {
    const ticks = icon(message.delivered ? "ticks" : "tick");
    ticks.classList.add("ticks");
    meta.append(ticks);
    meta.title = message.delivered ? "Sent, and the bot has it" : "Sent";
  }
  return meta;
}

// True when the content is a picture right up to the bubble's edge.
function addContent(bubble, messages, acts) {
  const message = messages[messages.length - 1];
  if (messages.some((one) => one.photo)) {
    bubble.classList.add("media");
    bubble.append(renderPhotos(messages, acts));
    return true;
  }
  if (message.video) {
    bubble.classList.add("media");
    const video = make("video");
    Object.assign(video, { src: fileUrl(message.video.file_id), controls: true, preload: "metadata" });
    bubble.append(video);
    return false;
  }
  if (message.voice) {
    const audio = make("audio");
    Object.assign(audio, { src: fileUrl(message.voice.file_id), controls: true, preload: "none" });
    audio.setAttribute("aria-label", `Voice message, ${message.voice.duration} seconds`);
    bubble.append(audio);
  }
  for (const one of messages) if (one.document) bubble.append(renderDocument(one.document));
  if (message.location) bubble.append(renderPlace(message.location));
  if (message.contact) bubble.append(renderContact(message.contact));
  if (message.sticker) {
    bubble.classList.add("bare");
    bubble.append(make("span", "sticker", message.sticker.emoji ?? "🙂"));
  }
  return false;
}

function renderPhotos(messages, acts) {
  const shown = messages.filter((message) => message.photo);
  const grid = make("div", shown.length > 1 ? "photos many" : "photos");
  for (const message of shown) {
    const size = message.photo[message.photo.length - 1];
    const image = make("img");
    image.src = fileUrl(size.file_id);
    image.width = size.width;
    image.height = size.height;
    image.alt = message.caption ? `Photo: ${message.caption}` : "Photo";
    const button = make("button", "", image);
    button.type = "button";
    button.setAttribute("aria-label", "Open the photo");
    button.addEventListener("click", () => acts.view(image.src));
    grid.append(button);
  }
  return grid;
}

function card(iconName, title, detail, href) {
  const text = make("span", "", make("strong", "", title), make("small", "", detail));
  const element = make(href ? "a" : "div", "card", make("span", "disc", icon(iconName)), text);
  if (href) {
    element.href = href;
    if (href.startsWith("http")) Object.assign(element, { target: "_blank", rel: "noopener noreferrer" });
  }
  return element;
}

function renderDocument(file) {
  const size = file.file_size > 1048576 ? `${(file.file_size / 1048576).toFixed(1)} MB` : `${Math.ceil(file.file_size / 1024)} KB`;
  const element = card("file", file.file_name ?? "File", size, fileUrl(file.file_id));
  element.download = file.file_name ?? "file";
  return element;
}

const renderPlace = ({ latitude, longitude }) =>
  card("place", "Location", `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`);

const renderContact = (contact) =>
  card("person", [contact.first_name, contact.last_name].filter(Boolean).join(" "), contact.phone_number);

function renderButtons(message, rows, acts) {
  const block = make("div", "buttons");
  for (const row of rows) {
    const line = make("div");
    for (const button of row) line.append(renderButton(message, button, acts));
    block.append(line);
  }
  return block;
}

function renderButton(message, button, acts) {
  const url = button.url && safeUrl(button.url);
  if (url) {
    const link = make("a", "", button.text);
    Object.assign(link, { href: url, target: "_blank", rel: "noopener noreferrer" });
    return link;
  }
  const element = make("button", "", button.text);
  element.type = "button";
  element.addEventListener("click", () => acts.press(message, button, element));
  return element;
}
