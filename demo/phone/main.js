// The page: which person holds the phone, and what the parts tell each other.

import { call, listen } from "./api.js";
import { make } from "./bubbles.js";
import { Chat } from "./chat.js";
import { Compose, fillMenu } from "./compose.js";
import { HINTS } from "./hints.js";
import { People, fullName, language } from "./people.js";

const $ = (id) => document.getElementById(id);
const parameters = new URLSearchParams(location.search);
const CALLBACK_SECONDS = 15;

let personId = null;
let chatState = {};
let bot = {};
let startPayload = parameters.get("start") ?? "";
let typingTimer;
let toastTimer;

function say(text) {
  const toast = $("toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (toast.hidden = true), 4000);
}

function alarm(text) {
  $("alert-text").textContent = text;
  $("alert").showModal();
}

function status(text, live = false) {
  $("bot-status").textContent = text;
  $("bot-status").classList.toggle("live", live);
}

// Buttons wait for the bot's answer; what it says comes as a toast or an alert.

async function press(message, button, element) {
  if (element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  const who = personId;
  try {
    const body = { message_id: message.message_id, callback_data: button.callback_data, timeout: CALLBACK_SECONDS };
    const answer = await call("POST", `/people/${who}/press`, body);
    if (who !== personId || !answer.text) return;
    if (answer.show_alert) alarm(answer.text);
    else say(answer.text);
  } catch (refusal) {
    say(refusal.message);
  } finally {
    element.removeAttribute("aria-busy");
  }
}

function editOwn(message, event) {
  if (!message.mine || !(message.text ?? message.caption) || message.forward_origin) return;
  event?.preventDefault();
  window.getSelection()?.removeAllRanges();
  compose.setMode({ edit: message });
}

// Arrow up in an empty box edits what was written last, as Telegram's desktop does.
function editLast() {
  const own = [...chat.messages.values()].filter((one) => one.mine && one.text && !one.deleted);
  if (own.length) editOwn(own.reduce((a, b) => (a.message_id > b.message_id ? a : b)));
}

function messageMenu(message, event) {
  event.preventDefault();
  document.querySelector(".menu.at")?.remove();
  const menu = make("div", "menu at");
  menu.setAttribute("role", "menu");
  const words = message.text ?? message.caption;
  const forward = () => compose.act("/forward", { message_id: message.message_id }).catch(() => {});
  const entries = [["reply", "Reply", () => compose.setMode({ reply: message })]];
  if (message.mine && words && !message.forward_origin) entries.push(["edit", "Edit", () => editOwn(message)]);
  entries.push(["forward", "Forward to the bot", forward]);
  if (words) entries.push(["copy", "Copy text", () => navigator.clipboard?.writeText(words)]);
  fillMenu(menu, entries, () => menu.remove());
  document.body.append(menu);
  menu.style.left = `${Math.min(event.clientX, innerWidth - menu.offsetWidth - 8)}px`;
  menu.style.top = `${Math.min(event.clientY, innerHeight - menu.offsetHeight - 8)}px`;
  menu.querySelector("button").focus();
}

const acts = {
  press,
  edit: editOwn,
  menu: messageMenu,
  command: (text) => compose.act("/text", { text }).catch(() => {}),
  view: (src) => {
    $("viewer").querySelector("img").src = src;
    $("viewer").showModal();
  },
  jump: (messageId) => chat.jump(messageId),
};

const hooks = {
  chat(state) {
    chatState = state;
    compose.setKeyboard(state.blocked ? null : state.keyboard);
    renderBar();
  },
  callback() {},
  // The first message may come after the news that the chat has begun.
  taken: () => renderBar(),
  typing(action) {
    clearTimeout(typingTimer);
    chat.showTyping(Boolean(action));
    status(action ? (action === "typing" ? "typing…" : "sending…") : "bot", Boolean(action));
    if (action) typingTimer = setTimeout(() => hooks.typing(null), 5000);
  },
  connected(connected) {
    status(connected ? "bot" : "connecting…", !connected);
  },
  missed(count) {
    $("down-count").textContent = count;
    $("down-count").hidden = false;
    $("down").hidden = false;
  },
  scrolled(pinned) {
    $("down").hidden = pinned;
    if (pinned) $("down-count").hidden = true;
  },
  emptyNote() {
    const text = bot.description || "Write to your property service in your own words, at any hour.";
    return make("div", "empty", make("strong", "", "What can this bot do?"), make("p", "", text));
  },
};

const compose = new Compose({ person: () => personId, say, editLast });
const chat = new Chat($("log"), acts, hooks);
const people = new People($("people-list"), (id) => choose(id));

// A chat that has not begun shows Start, a blocked one Unblock, as Telegram does.

function renderBar() {
  const blank = ![...chat.messages.values()].some((message) => !message.deleted);
  const toStart = !chatState.blocked && (!chatState.started || blank || startPayload);
  const barred = chatState.blocked || Boolean(toStart);
  $("bar").hidden = !barred;
  $("compose").hidden = barred;
  if (barred) {
    $("keys").hidden = true;
    $("commands").hidden = true;
  }
  $("bar-button").textContent = chatState.blocked ? "Unblock the bot" : "Start";
}

$("bar-button").addEventListener("click", async () => {
  if (chatState.blocked) {
    await compose.act("/unblock").catch(() => {});
    return;
  }
  const text = startPayload ? `/start ${startPayload}` : "/start";
  startPayload = "";
  await compose.act("/text", { text }).catch(() => {});
  renderBar();
});

async function loadBot() {
  const person = people.find(personId);
  bot = await call("GET", `/bot?language=${language(person ?? {})}`);
  $("bot-name").textContent = bot.first_name;
  $("bot-avatar").textContent = [...bot.first_name][0];
  if (personId) compose.setCommands((await call("GET", `/people/${personId}`)).commands);
}

function renderHints(person) {
  const hints = HINTS[language(person)] ?? HINTS.en;
  $("hints").replaceChildren(
    ...hints.map(([title, text]) => {
      const button = make("button", "hint", make("small", "", title), text);
      button.type = "button";
      button.lang = language(person);
      button.addEventListener("click", () => {
        compose.fill(text);
        compose.text.focus();
      });
      return button;
    }),
  );
}

async function choose(id) {
  const person = people.find(id);
  if (!person) return;
  personId = id;
  people.choose(id);
  $("page").classList.remove("choosing");
  $("toast").hidden = true;
  compose.setMode(null);
  compose.fill("");
  chat.pinned = true;
  document.title = `${fullName(person)} – Ownerdesk demo`;
  history.replaceState(null, "", `/demo?person=${id}`);
  localStorage.setItem("phone.person", id);
  renderHints(person);
  try {
    await loadBot();
    await chat.open(id);
    renderBar();
    if (matchMedia("(hover: hover)").matches) compose.text.focus();
  } catch (refusal) {
    say(refusal.message);
  }
}

// Menus close when anything else is pressed.

function toggle(menu, button, entries) {
  const open = menu.hidden;
  closeMenus();
  if (!open) return;
  fillMenu(menu, entries, closeMenus);
  menu.hidden = false;
  button.setAttribute("aria-expanded", "true");
  menu.querySelector("button").focus();
}

function closeMenus() {
  document.querySelector(".menu.at")?.remove();
  for (const [menu, button] of [["more-menu", "more"], ["attach-menu", "attach"]]) {
    $(menu).hidden = true;
    $(button).setAttribute("aria-expanded", "false");
  }
}

$("more").addEventListener("click", (event) => {
  event.stopPropagation();
  const block = chatState.blocked
    ? ["block", "Unblock the bot", () => compose.act("/unblock").catch(() => {})]
    : ["block", "Block the bot", () => compose.act("/block").catch(() => {}), "danger"];
  const share = ["person", "Share my phone number", () => compose.act("/contact", { own: true }).catch(() => {})];
  toggle($("more-menu"), $("more"), chatState.blocked ? [block] : [share, block]);
});
$("attach").addEventListener("click", (event) => {
  event.stopPropagation();
  toggle($("attach-menu"), $("attach"), compose.attachments());
});
document.addEventListener("click", closeMenus);
document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus());
$("down").addEventListener("click", () => chat.toBottom());
$("back").addEventListener("click", () => $("page").classList.add("choosing"));
$("viewer").addEventListener("click", () => $("viewer").close());
$("add-person").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  try {
    const person = await call("POST", "/people", Object.fromEntries(form));
    event.target.reset();
    await people.load();
    choose(person.id);
  } catch (refusal) {
    say(refusal.message);
  }
});

function tick() {
  $("clock").textContent = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

async function begin() {
  tick();
  setInterval(tick, 10000);
  await people.load();
  const wanted = Number(parameters.get("person") ?? localStorage.getItem("phone.person"));
  const first = people.find(wanted) ?? people.people[0];
  if (first) await choose(first.id);
  if (!parameters.has("person")) $("page").classList.add("choosing");
  listen(() => "/events", {
    people: () => people.load().catch(() => {}),
    profile: () => loadBot().catch(() => {}),
    activity: (data) => data.from_bot && data.change === "new" && people.countUnread(data.members),
  });
}

begin().catch((refusal) => say(refusal.message));
