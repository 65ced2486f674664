// The demo's page: every half second the state is shown; every button says to the demo what a hand did.

import { find, say, show } from "./dom.js";
import { act, follow } from "./door.js";
import { showCaller, wireCaller } from "./caller.js";
import { showPhones } from "./phones.js";
import { showStory } from "./story.js";

const REST_NOTICES = {
  refused: "Twilio’s API refuses every request: groups are rung one phone at a time.",
  broken: "Twilio’s API answers 503 to every request: nobody knows whether it obeyed.",
  slow: "Twilio’s API takes three seconds for every answer.",
  loses: "Twilio’s API obeys, but its answers are lost.",
};

function wireWorld() {
  for (const button of document.querySelectorAll("[data-story]")) {
    button.addEventListener("click", () => act("/stories", { story: button.dataset.story }));
  }
  for (const button of document.querySelectorAll("[data-clock]")) {
    button.addEventListener("click", () => act("/clock", { to: button.dataset.clock }));
  }
  find("by-hand").addEventListener("click", () => act("/phones", { phone: "*", do: "behave", habit: "manual" }));
  const database = find("database");
  database.addEventListener("click", () => {
    act("/faults", { database: database.getAttribute("aria-pressed") === "true" ? "answers" : "away" });
  });
  find("rest").addEventListener("change", () => act("/faults", { rest: find("rest").value }));
}

function showWorld(state) {
  say(find("time"), state.time);
  const away = state.database === "away";
  find("database").setAttribute("aria-pressed", String(away));
  if (document.activeElement !== find("rest")) find("rest").value = state.rest;
  const notices = [];
  if (away) notices.push("The database is down: callers are rung through to the fallback numbers from memory.");
  if (state.database === "returning") notices.push("The database is back; SAMI looks for it every second.");
  if (REST_NOTICES[state.rest]) notices.push(REST_NOTICES[state.rest]);
  say(find("notice"), notices.join(" "));
  show(find("notice"), notices.length > 0);
  const live = state.call !== null && state.call.is_live;
  for (const button of document.querySelectorAll("[data-story], [data-clock]")) button.disabled = live;
}

wireWorld();
wireCaller();
follow((state) => {
  showWorld(state);
  showCaller(state);
  showPhones(state);
  showStory(state.call);
});
