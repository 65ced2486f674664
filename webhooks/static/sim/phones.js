// One card for each phone of the business: on duty or not, ringing, talking, its habit and its texts.

import { caption, fill, fillLast, find, make, say, show } from "./dom.js";
import { act } from "./door.js";

const cards = new Map();
const KEYS = [["1", "1 take"], ["2", "2 pass"], ["3", "3 off"]];
const CUSTOMERS_KEYS = [["1", "1"], ["2", "2"], ["0", "0"], ["9", "9"]];
const WORDS = ["STATUS", "ON", "OFF 30", "WHY"];

export function showPhones(state) {
  showBar(state.phones.filter((phone) => phone.state === "ringing" && !phone.is_ignored));
  for (const phone of state.phones) {
    if (!cards.has(phone.key)) cards.set(phone.key, makeCard(phone, state.habits));
    update(cards.get(phone.key), phone, state.call);
  }
}

// On a small screen a ringing phone may be far down: the bar leads there.
function showBar(ringing) {
  show(find("bar"), ringing.length > 0);
  fill(find("bar-phones"), ringing.map((phone) => [phone.key, phone.name]), ([key, name]) => {
    const button = make("button", { type: "button", class: "go" }, `${name} rings`);
    button.addEventListener("click", () => {
      const root = cards.get(key).root;
      root.scrollIntoView({ block: "center" });
      root.querySelector("button.go").focus({ preventScroll: true });
    });
    return make("li", {}, button);
  });
}

function makeCard(phone, habits) {
  const hand = (what, extra = {}) => act("/phones", { phone: phone.key, do: what, ...extra });
  const button = (text, kind, what, extra) => {
    const made = make("button", { type: "button", class: kind, "aria-label": `${phone.name}: ${text}` }, text);
    made.addEventListener("click", () => hand(what, extra));
    return made;
  };
  const card = {
    duty: make("span", { class: "pill" }),
    words: make("p", { class: "small" }),
    note: make("p", { class: "ringer" }),
    number: make("p", { class: "small number" }, [phone.phone, kindOf(phone)].filter(Boolean).join(" · ")),
    hours: make("p", { class: "small" }),
    heard: make("ol", { id: `heard-${phone.key}`, class: "captions", role: "log", "aria-live": "polite",
      "aria-label": `What ${phone.name} hears and does` }),
    ringing: make("div", { class: "row" },
      button("Answer", "go", "answer"), button("Ignore", "", "ignore"), button("Voicemail", "", "voicemail")),
    keys: keysOf(phone).map(([keys, text]) => button(text, "", "press", { keys })),
    hangUp: button("Hang up", "stop", "hang_up"),
    habit: makeHabits(phone, habits, hand),
    bubbles: make("ol", { class: "bubbles", "aria-label": `Texts of ${phone.name}`, "aria-live": "polite" }),
    count: make("span", {}),
  };
  card.talking = make("div", { class: "row" }, ...card.keys, card.hangUp);
  card.itself = make("label", { class: "inline small" }, "By itself", card.habit);
  card.root = make("article", { class: "card phone", "data-phone": phone.key, "aria-label": `${phone.name}’s phone` },
    make("header", {}, make("h3", {}, phone.name), card.note, card.duty),
    card.number, card.words, card.heard, card.ringing, card.talking, card.itself);
  if (phone.kind === "agent") card.root.append(makeTexts(phone, card, hand));
  // Fallback numbers stand above: whatever the others do, they stay in sight.
  const stack = phone.kind === "fallback" ? find("fallbacks") : shorter(find("phones").children);
  stack.append(card.root);
  return card;
}

function shorter([left, right]) {
  return left.children.length > right.children.length ? right : left;
}

function keysOf(phone) {
  if (phone.kind === "customer") return CUSTOMERS_KEYS;
  return phone.is_desk ? [] : KEYS;
}

function kindOf(phone) {
  if (phone.kind === "customer") return "a customer whom you call";
  if (phone.kind === "fallback") return phone.is_desk ? "fallback, no key to press" : "fallback, asked to press 1";
  return phone.is_desk ? "desk phone, no key to press" : "";
}

function makeHabits(phone, habits, hand) {
  const options = Object.entries(habits).map(([value, text]) => make("option", { value }, text));
  const select = make("select", { "aria-label": `What ${phone.name}’s phone does by itself` }, ...options);
  select.addEventListener("change", () => hand("behave", { habit: select.value }));
  return select;
}

function makeTexts(phone, card, hand) {
  const input = make("input", { maxlength: "320", placeholder: "Text the business…", autocomplete: "off",
    "aria-label": `Text from ${phone.name}` });
  const form = make("form", { class: "row" }, input, make("button", { type: "submit" }, "Send"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) hand("text", { words: input.value.trim() });
    input.value = "";
  });
  const quick = WORDS.map((words) => {
    const made = make("button", { type: "button", class: "word", "aria-label": `${phone.name} texts ${words}` }, words);
    made.addEventListener("click", () => hand("text", { words }));
    return made;
  });
  return make("details", {},
    make("summary", {}, "Texts and hours ", card.count), card.hours, card.bubbles, make("div", { class: "row" }, ...quick), form);
}

function update(card, phone, call) {
  const rings = phone.state === "ringing" && !phone.is_ignored;
  card.root.dataset.state = rings ? "ringing" : phone.state;
  updateDuty(card, phone);
  say(card.note, noteOf(phone, call));
  show(card.note, phone.state !== "idle");
  show(card.ringing, phone.state === "ringing");
  show(card.talking, phone.state === "talking");
  // A phone in use shows what it hears and its keys, and no more: its neighbours stay where they are.
  const idle = phone.state === "idle";
  show(card.itself, idle);
  show(card.number, idle);
  fillLast(card.heard, phone.captions, 1, caption);
  for (const key of card.keys) show(key, !phone.is_machine);
  show(card.heard, phone.captions.length > 0);
  if (document.activeElement !== card.habit) card.habit.value = phone.habit;
  fill(card.bubbles, phone.texts, (text) => make("li", { class: text.mine ? "mine" : "theirs" }, text.body));
  say(card.count, phone.texts.length ? `(${phone.texts.length})` : "");
}

function updateDuty(card, phone) {
  show(card.duty, phone.duty !== null && phone.state === "idle");
  show(card.words, phone.duty !== null && phone.state === "idle");
  if (phone.duty === null) return;
  card.duty.dataset.duty = phone.duty.state;
  say(card.duty, { on: "On duty", busy: "Busy", resting: "Resting", off: "Off duty", unknown: "Unknown" }[phone.duty.state]);
  say(card.words, phone.duty.words);
  say(card.hours, phone.duty.hours ? `Hours: ${phone.duty.hours}` : "No set hours.");
}

function noteOf(phone, call) {
  if (phone.state === "ringing") return phone.is_ignored ? "Left to ring" : "Ringing…";
  if (phone.is_machine && phone.state === "talking") return "Voicemail";
  if (phone.partner !== null) return `Talking with ${phone.partner}`;
  return call !== null && phone.state === "talking" ? "Picked up" : "";
}
