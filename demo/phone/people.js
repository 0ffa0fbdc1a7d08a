// The list of people: who they are, where they live, and who has unread messages.

import { call } from "./api.js";
import { make } from "./bubbles.js";

const LANGUAGES = { en: "EN", es: "ES", zh: "中文" };

export const language = (person) => (person.language_code ?? "en").slice(0, 2);
export const fullName = (person) => {
  const names = [person.first_name, person.last_name].filter(Boolean);
  return language(person) === "zh" && names.length === 2 ? names.reverse().join("") : names.join(" ");
};

export class People {
  constructor(list, onChoose) {
    this.list = list;
    this.onChoose = onChoose;
    this.people = [];
    this.unread = new Map();
    this.current = null;
  }

  async load() {
    this.people = (await call("GET", "/people")).people;
    this.render();
  }

  find(id) {
    return this.people.find((person) => person.id === id);
  }

  choose(id) {
    this.current = id;
    this.unread.delete(id);
    this.render();
  }

  countUnread(members) {
    for (const id of members) {
      if (id !== this.current) this.unread.set(id, (this.unread.get(id) ?? 0) + 1);
    }
    this.render();
  }

  render() {
    const groups = new Map();
    for (const person of this.people) {
      const parts = (person.label ?? "").split(" · ");
      const group = parts.length > 1 ? parts[0] : "Without a home here";
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push([person, parts.slice(1).join(", ") || person.label || "Added by you"]);
    }
    this.list.replaceChildren();
    for (const [name, members] of groups) {
      this.list.append(make("h2", "", name));
      for (const [person, home] of members) this.list.append(this.renderPerson(person, home));
    }
  }

  renderPerson(person, home) {
    const avatar = make("span", "avatar", [...person.first_name][0].toUpperCase());
    avatar.dataset.tone = person.id % 6;
    avatar.setAttribute("aria-hidden", "true");
    const tag = make("span", "tag", LANGUAGES[language(person)] ?? language(person).toUpperCase());
    const name = make("div", "name", make("span", "", fullName(person)), tag);
    const note = person.started ? home : `${home} · not started yet`;
    const text = make("div", "", name, make("div", "home", note));
    text.title = note;
    const unread = this.unread.get(person.id);
    const badge = unread ? make("span", "badge", String(unread)) : null;
    badge?.setAttribute("aria-label", `${unread} unread`);
    const row = make("button", "person", avatar, text, badge);
    row.type = "button";
    row.setAttribute("aria-current", String(person.id === this.current));
    row.addEventListener("click", () => this.onChoose(person.id));
    return row;
  }
}
