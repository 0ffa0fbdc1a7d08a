// What is being written: the text box, what it replies to or edits, files, commands and keys.

import { call } from "./api.js";
import { icon, make, summary } from "./bubbles.js";

const $ = (id) => document.getElementById(id);
const PLACES = { "Alder Court": [51.5072, -0.1276], "Jardines del Sol": [40.4168, -3.7038] };

export class Compose {
  // `deps.say` shows a toast; `deps.person` is the id of whoever holds the phone.
  constructor(deps) {
    this.deps = deps;
    this.commands = [];
    this.keyboard = null;
    this.keysOpen = true;
    this.mode = null;
    this.text = $("text");
    this.bind();
  }

  bind() {
    $("compose").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.text.addEventListener("keydown", (event) => {
      // While a Chinese word is being composed, Enter belongs to the input method.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.submit();
      }
      if (event.key === "Escape") this.setMode(null);
      if (event.key === "ArrowUp" && !this.text.value) {
        event.preventDefault();
        this.deps.editLast();
      }
    });
    this.text.addEventListener("input", () => this.onInput());
    this.text.addEventListener("paste", (event) => this.onPaste(event));
    $("banner-close").addEventListener("click", () => this.setMode(null));
    $("keys-button").addEventListener("click", () => {
      this.keysOpen = !this.keysOpen;
      this.renderKeys();
    });
    $("commands-button").addEventListener("click", () => {
      this.showCommands($("commands").hidden ? this.commands : []);
    });
  }

  act(path, body) {
    return call("POST", `/people/${this.deps.person()}${path}`, body).catch((refusal) => {
      this.deps.say(refusal.message);
      throw refusal;
    });
  }

  async submit() {
    const text = this.text.value.trim();
    if (!text) return;
    const mode = this.mode;
    this.fill("");
    this.setMode(null);
    try {
      if (mode?.edit) await this.act("/edit", { message_id: mode.edit.message_id, text });
      else await this.act("/text", { text, reply_to: mode?.reply?.message_id });
    } catch {
      this.fill(text);
      this.setMode(mode);
    }
  }

  fill(text) {
    this.text.value = text;
    this.onInput();
  }

  onInput() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
    const match = /^\/(\w*)$/.exec(this.text.value);
    this.showCommands(match ? this.commands.filter((c) => c.command.startsWith(match[1])) : []);
  }

  onPaste(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.preview("photo", files);
  }

  setMode(mode) {
    if (this.mode?.edit && !mode) this.fill("");
    this.mode = mode;
    $("banner").hidden = !mode;
    if (!mode) return;
    const message = mode.edit ?? mode.reply;
    $("banner-title").textContent = mode.edit ? "Edit message" : `Reply to ${message.from.first_name}`;
    $("banner-text").textContent = summary(message);
    if (mode.edit) this.fill(message.text ?? message.caption ?? "");
    this.text.focus();
  }

  setCommands(commands) {
    this.commands = commands;
    $("commands-button").hidden = !commands.length;
  }

  showCommands(commands) {
    const box = $("commands");
    box.hidden = !commands.length;
    box.replaceChildren();
    for (const command of commands) {
      const row = make("button", "", make("strong", "", `/${command.command}`), make("span", "", command.description));
      row.type = "button";
      row.setAttribute("role", "option");
      row.addEventListener("click", () => {
        this.fill("");
        this.act("/text", { text: `/${command.command}` }).catch(() => {});
      });
      box.append(row);
    }
  }

  setKeyboard(keyboard) {
    const markup = keyboard?.markup ?? null;
    if (keyboard?.message_id !== this.keyboard?.message_id) this.keysOpen = true;
    this.keyboard = keyboard;
    this.text.placeholder = markup?.input_field_placeholder || "Message";
    this.renderKeys();
  }

  renderKeys() {
    const rows = this.keyboard?.markup?.keyboard ?? [];
    const box = $("keys");
    $("keys-button").hidden = !rows.length;
    box.hidden = !rows.length || !this.keysOpen;
    $("keys-button").setAttribute("aria-expanded", String(!box.hidden));
    box.replaceChildren();
    for (const row of rows) {
      const line = make("div");
      for (const key of row) line.append(this.renderKey(key));
      box.append(line);
    }
  }

  renderKey(key) {
    const button = make("button", "", key.text);
    button.type = "button";
    button.addEventListener("click", async () => {
      if (key.request_location) return this.askPlace();
      if (key.request_contact && !window.confirm("Share your phone number with the bot?")) return;
      await this.act("/key", { text: key.text }).catch(() => {});
    });
    return button;
  }

  attachments() {
    return [
      ["photo", "Photos", () => this.pick("photo", "image/*", true)],
      ["video", "Video", () => this.pick("video", "video/*", false)],
      ["file", "File", () => this.pick("document", "", false)],
      ["voice", "Voice message (a sound file)", () => this.pick("voice", "audio/*", false)],
      ["place", "Location", () => this.askPlace()],
      ["person", "My phone number", () => this.act("/contact", { own: true }).catch(() => {})],
      ["person", "Somebody else's contact", () => this.askContact()],
      ["sticker", "Sticker", () => this.act("/sticker", { emoji: "👍" }).catch(() => {})],
    ];
  }

  pick(kind, accept, multiple) {
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept, multiple });
    input.addEventListener("change", () => input.files.length && this.preview(kind, [...input.files]));
    input.click();
  }

  async preview(kind, files) {
    if (kind === "photo" && files.length > 10) {
      this.deps.say("An album has at most 10 photos.");
      return;
    }
    const dialog = $("preview");
    const names = { photo: "photo", video: "video", document: "file", voice: "voice message" };
    const many = files.length > 1;
    $("preview-title").textContent = many ? `Send ${files.length} photos` : `Send this ${names[kind]}`;
    const urls = kind === "photo" ? files.map((file) => URL.createObjectURL(file)) : [];
    $("preview-files").replaceChildren(
      ...(urls.length
        ? urls.map((src, i) => Object.assign(make("img"), { src, alt: files[i].name }))
        : [make("p", "", files[0].name)]),
    );
    $("preview-caption").value = this.text.value;
    $("preview-caption").hidden = kind === "voice";
    const answer = await ask(dialog);
    urls.forEach((url) => URL.revokeObjectURL(url));
    if (answer !== "send") return;
    this.fill("");
    const form = new FormData();
    form.append("caption", $("preview-caption").value);
    files.forEach((file) => form.append("file", file));
    this.act(many ? "/album" : `/file/${kind}`, form).catch(() => {});
  }

  async askPlace() {
    const fields = [["latitude", PLACES["Alder Court"][0]], ["longitude", PLACES["Alder Court"][1]]];
    const place = await this.askDetails("Send a location", fields, "number");
    if (!place) return;
    this.act("/location", { latitude: Number(place.latitude), longitude: Number(place.longitude) }).catch(() => {});
  }

  async askContact() {
    const fields = [["first_name", "Somebody"], ["phone_number", "+44 7700 900555"]];
    const contact = await this.askDetails("Send a contact", fields, "text");
    if (contact) this.act("/contact", contact).catch(() => {});
  }

  async askDetails(title, fields, type) {
    $("details-title").textContent = title;
    const inputs = fields.map(([name, value]) => {
      const input = make("input");
      Object.assign(input, { name, type, value, required: true, step: "any" });
      return input;
    });
    $("details-fields").replaceChildren(
      ...inputs.map((input) => make("label", "", input.name.replace("_", " "), input)),
    );
    if ((await ask($("details"))) !== "send") return null;
    return Object.fromEntries(inputs.map((input) => [input.name, input.value]));
  }
}

function ask(dialog) {
  dialog.returnValue = "cancel";
  dialog.showModal();
  // Enter in a field presses the first button; the one that sends is meant.
  dialog.onkeydown = (event) => {
    if (event.key === "Enter" && event.target.tagName === "INPUT" && event.target.form.reportValidity()) {
      event.preventDefault();
      dialog.close("send");
    }
  };
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

export function fillMenu(menu, entries, close) {
  menu.replaceChildren();
  for (const [name, title, act, className] of entries) {
    const button = make("button", className ?? "", icon(name), title);
    button.type = "button";
    button.setAttribute("role", "menuitem");
    button.addEventListener("click", () => {
      close();
      act();
    });
    menu.append(button);
  }
}
