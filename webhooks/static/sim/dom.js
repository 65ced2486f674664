// Small words for the page's elements. Whatever comes from outside becomes text, never markup (S8).

export const find = (id) => document.getElementById(id);

// make("p", { class: "note" }, "text", child, ...)
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

// A text that stays the same is left alone, so that screen readers are not told twice.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

// Lists mostly grow: what stays is kept, so that screen readers are told of what is new alone.
export function fill(list, items, makeItem) {
  const wanted = items.map((item) => JSON.stringify(item));
  let same = 0;
  while (same < list.children.length && list.children[same].dataset.is === wanted[same]) same += 1;
  if (same === wanted.length && same === list.children.length) return;
  while (list.children.length > same) list.lastElementChild.remove();
  for (let place = same; place < items.length; place += 1) {
    const element = makeItem(items[place]);
    element.dataset.is = wanted[place];
    list.append(element);
  }
}

// Of a long list the last lines show, whole; a button above it shows the rest. Nothing scrolls within the page.
export function fillLast(list, items, most, makeItem) {
  fill(list, items, makeItem);
  list.dataset.most = String(most);
  const more = list.previousElementSibling?.dataset.of === list.id ? list.previousElementSibling : makeMore(list);
  const hides = items.length > most && list.dataset.all !== "yes";
  show(more, items.length > most);
  say(more, wordsOf(list, items.length - most));
  [...list.children].forEach((line, place) => show(line, !hides || place >= items.length - most));
}

function wordsOf(list, earlier) {
  if (list.dataset.all === "yes") return "Show the last lines only";
  return earlier === 1 ? "Show the line before" : `Show ${earlier} earlier lines`;
}

function makeMore(list) {
  const more = make("button", { type: "button", class: "word more", "data-of": list.id });
  more.addEventListener("click", () => {
    list.dataset.all = list.dataset.all === "yes" ? "no" : "yes";
    const all = list.dataset.all === "yes";
    const lines = [...list.children];
    lines.forEach((line, place) => show(line, all || place >= lines.length - Number(list.dataset.most)));
    say(more, wordsOf(list, lines.length - Number(list.dataset.most)));
  });
  list.before(more);
  return more;
}

export function fillOptions(select, options) {
  const wanted = JSON.stringify(options);
  if (select.dataset.is === wanted) return;
  const chosen = select.value;
  select.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
  if (options.some(([value]) => value === chosen)) select.value = chosen;
  select.dataset.is = wanted;
}

export function caption(item) {
  return make("li", { class: item.kind }, make("span", { class: "at" }, item.at), make("span", {}, item.text));
}
