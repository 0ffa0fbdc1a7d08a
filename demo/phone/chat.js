// The messages of one person's chat: kept by number, shown in order, followed while they change.

import { call, listen } from "./api.js";
import { make, renderMessage } from "./bubbles.js";

const NEAR_BOTTOM = 90;

export class Chat {
  constructor(log, acts, hooks) {
    this.log = log;
    this.acts = acts;
    this.hooks = hooks;
    this.messages = new Map();
    this.elements = new Map();
    this.missed = 0;
    this.stop = () => {};
    log.addEventListener("scroll", () => this.onScroll());
    // A photo that loads late, or a keyboard that opens, must not push the newest message away.
    this.pinned = true;
    const keep = new ResizeObserver(() => this.pinned && this.toBottom());
    keep.observe(log);
    log.addEventListener("load", () => this.pinned && this.toBottom(), true);
  }

  async open(personId) {
    this.stop();
    this.personId = personId;
    this.messages.clear();
    this.elements.clear();
    const found = await call("GET", `/people/${personId}/messages`);
    if (this.personId !== personId) return;
    this.seq = found.seq;
    for (const message of found.messages) this.messages.set(message.message_id, message);
    this.hooks.chat(found.chat);
    this.renderAll();
    this.stop = listen(
      () => `/people/${personId}/events?changed_since=${this.seq}`,
      {
        message: (data) => this.take(data.message),
        chat: (data) => data.chat_id === personId && this.hooks.chat(data.chat),
        delivered: (data) => this.markDelivered(data.message_id),
        callback: (data) => this.hooks.callback(data),
        typing: (data) => data.chat_id === personId && this.hooks.typing(data.action),
      },
      (connected) => this.hooks.connected(connected),
    );
  }

  take(message) {
    this.seq = Math.max(this.seq, message.seq);
    if (message.chat_id !== this.personId) return;
    const known = this.messages.get(message.message_id);
    if (known && known.seq >= message.seq) return;
    this.messages.set(message.message_id, message);
    if (message.from_bot) this.hooks.typing(null);
    if (known || message.deleted || message.media_group_id) this.renderAll();
    else this.append([message]);
    if (!known && !message.deleted) this.announce(message);
    this.hooks.taken();
  }

  announce(message) {
    if (this.pinned || message.mine) this.toBottom();
    else {
      this.missed += 1;
      this.hooks.missed(this.missed);
    }
  }

  markDelivered(messageId) {
    const message = this.messages.get(messageId);
    if (!message || message.delivered) return;
    message.delivered = true;
    const ticks = this.elements.get(messageId)?.querySelector(".ticks use");
    ticks?.setAttribute("href", "#i-ticks");
  }

  // Albums are one bubble: messages in a row that share a group id.
  renderAll() {
    const above = this.log.scrollHeight - this.log.scrollTop;
    this.log.replaceChildren();
    this.elements.clear();
    this.previous = null;
    const shown = [...this.messages.values()]
      .filter((message) => !message.deleted)
      .sort((a, b) => a.message_id - b.message_id);
    for (let i = 0; i < shown.length; ) {
      let end = i + 1;
      const group = shown[i].media_group_id;
      while (group && end < shown.length && shown[end].media_group_id === group) end += 1;
      this.append(shown.slice(i, end));
      i = end;
    }
    if (!shown.length) this.log.append(this.hooks.emptyNote());
    if (this.pinned) this.toBottom();
    else this.log.scrollTop = this.log.scrollHeight - above;
  }

  append(messages) {
    const [first] = messages;
    this.log.querySelector(".empty")?.remove();
    const day = new Date(first.date * 1000).toDateString();
    if (this.previous?.day !== day) {
      const today = day === new Date().toDateString();
      const name = new Date(first.date * 1000).toLocaleDateString([], { day: "numeric", month: "long" });
      this.log.append(make("div", "day", today ? "Today" : name));
    }
    const element = renderMessage(messages, this.acts);
    const turn = this.previous?.day !== day || this.previous?.mine !== first.mine;
    if (turn) element.classList.add("turn");
    this.previous = { day, mine: first.mine };
    const last = messages[messages.length - 1];
    element.addEventListener("dblclick", (event) => this.acts.edit(last, event));
    element.addEventListener("contextmenu", (event) => this.acts.menu(last, event));
    for (const message of messages) this.elements.set(message.message_id, element);
    const typing = this.log.querySelector(".typing");
    this.log.append(element);
    if (typing) this.log.append(typing);
  }

  showTyping(shown) {
    this.log.querySelector(".typing")?.remove();
    if (!shown) return;
    const dots = make("div", "bubble dots", make("i"), make("i"), make("i"));
    this.log.append(make("div", "message turn typing", dots));
    if (this.pinned) this.toBottom();
  }

  jump(messageId) {
    this.elements.get(messageId)?.scrollIntoView({ block: "center", behavior: "smooth" });
  }

  toBottom() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  onScroll() {
    const left = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight;
    this.pinned = left < NEAR_BOTTOM;
    if (this.pinned) this.missed = 0;
    this.hooks.scrolled(this.pinned);
  }
}
