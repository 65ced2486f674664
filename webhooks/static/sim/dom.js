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

// Lists mostly grow: what stays is kept, so that nobody loses their place.
export function fill(list, items, makeItem) {
  const wanted = items.map((item) => JSON.stringify(item));
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  let same = 0;
  while (same < list.children.length && list.children[same].dataset.is === wanted[same]) same += 1;
  if (same === wanted.length && same === list.children.length) return;
  while (list.children.length > same) list.lastElementChild.remove();
  for (let place = same; place < items.length; place += 1) {
    const element = makeItem(items[place]);
    element.dataset.is = wanted[place];
    list.append(element);
  }
  if (atEnd) list.scrollTop = list.scrollHeight;
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
