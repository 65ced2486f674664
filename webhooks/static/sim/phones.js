// One card for each phone of the business: on duty or not, ringing, talking, its habit and its texts.

import { caption, fill, find, make, say, show } from "./dom.js";
import { act } from "./door.js";

const cards = new Map();
const KEYS = [["1", "1 take"], ["2", "2 pass"], ["3", "3 rest"]];
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
    heard: make("ol", { class: "captions", role: "log", "aria-live": "polite", "aria-label": `What ${phone.name} hears` }),
    ringing: make("div", { class: "row" },
      button("Answer", "go", "answer"), button("Ignore", "", "ignore"), button("Voicemail", "", "voicemail")),
    talking: make("div", { class: "row" },
      ...keysOf(phone).map(([keys, text]) => button(text, "", "press", { keys })),
      button("Hang up", "stop", "hang_up")),
    habit: makeHabits(phone, habits, hand),
    bubbles: make("ol", { class: "bubbles", "aria-label": `Texts of ${phone.name}`, "aria-live": "polite" }),
    count: make("span", {}),
  };
  card.root = make("article", { class: "card phone", "data-phone": phone.key, "aria-label": `${phone.name}’s phone` },
    make("header", {}, make("h3", {}, phone.name), card.duty),
    make("p", { class: "small number" }, [phone.phone, kindOf(phone)].filter(Boolean).join(" · ")),
    card.words, card.note, card.heard, card.ringing, card.talking,
    make("label", { class: "inline small" }, "By itself", card.habit));
  if (phone.kind === "agent") card.root.append(makeTexts(phone, card, hand));
  find("phones").children[cards.size % 2].append(card.root);
  return card;
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
    make("summary", {}, "Texts ", card.count), card.bubbles, make("div", { class: "row" }, ...quick), form);
}

function update(card, phone, call) {
  const rings = phone.state === "ringing" && !phone.is_ignored;
  card.root.dataset.state = rings ? "ringing" : phone.state;
  updateDuty(card, phone);
  say(card.note, noteOf(phone, call));
  show(card.note, phone.state !== "idle");
  show(card.ringing, phone.state === "ringing");
  show(card.talking, phone.state === "talking");
  fill(card.heard, phone.captions, caption);
  show(card.heard, phone.captions.length > 0);
  if (document.activeElement !== card.habit) card.habit.value = phone.habit;
  fill(card.bubbles, phone.texts, (text) => make("li", { class: text.mine ? "mine" : "theirs" }, text.body));
  say(card.count, phone.texts.length ? `(${phone.texts.length})` : "");
}

function updateDuty(card, phone) {
  show(card.duty, phone.duty !== null);
  show(card.words, phone.duty !== null);
  if (phone.duty === null) return;
  card.duty.dataset.duty = phone.duty.state;
  say(card.duty, { on: "On duty", busy: "Busy", resting: "Resting", off: "Off duty", unknown: "Unknown" }[phone.duty.state]);
  say(card.words, phone.duty.words + (phone.duty.hours ? `. Hours: ${phone.duty.hours}` : ""));
}

function noteOf(phone, call) {
  if (phone.state === "ringing") return phone.is_ignored ? "Left to ring" : "Ringing…";
  if (phone.partner !== null) return `Talking with ${phone.partner}`;
  return call !== null && phone.state === "talking" ? "Picked up" : "";
}
