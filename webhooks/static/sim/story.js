// Beside the phones: what happens, as it happens, and SAMI's own explanation of it.

import { fillLast, find, make, show } from "./dom.js";

export function showStory(call) {
  show(find("story-empty"), call === null);
  show(find("story"), call !== null);
  fillLast(find("story"), call === null ? [] : call.story, 9, (line) =>
    make("li", {}, make("span", { class: "at" }, line.at), make("span", {}, line.said)));
  const why = call === null ? null : call.why;
  show(find("why-empty"), why === null);
  showWhy(find("why"), why);
}

function showWhy(place, why) {
  const is = JSON.stringify(why);
  if (place.dataset.is === is) return;
  place.dataset.is = is;
  place.replaceChildren(...(why === null ? [] : parts(why)));
}

function parts(why) {
  const moments = why.moments.map((moment) =>
    make("li", {}, make("span", { class: "at" }, moment.clock),
      make("div", {}, make("p", {}, moment.said), ...moment.details.map((detail) => make("p", { class: "detail" }, detail)))));
  return [
    make("p", { class: "result" }, why.result),
    make("p", { class: "small" }, why.headline),
    make("ol", { class: "moments" }, ...moments),
    ...titled("Tasks", why.tasks),
    ...titled("Texts", why.texts),
  ];
}

function titled(title, lines) {
  if (!lines.length) return [];
  return [make("h3", {}, title), make("ul", { class: "plain" }, ...lines.map((line) => make("li", {}, line)))];
}
