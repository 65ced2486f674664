// The caller's phone: who calls which line, what they hear, press and say.

import { caption, fillLast, fillOptions, find, say, show } from "./dom.js";
import { act } from "./door.js";

export function wireCaller() {
  find("place").addEventListener("submit", (event) => {
    event.preventDefault();
    act("/calls", { caller: find("who").value, line: find("line").value });
  });
  for (const button of document.querySelectorAll("[data-key]")) {
    button.addEventListener("click", () => act("/caller", { do: "press", keys: button.dataset.key }));
  }
  find("speak").addEventListener("submit", (event) => {
    event.preventDefault();
    const words = find("words").value.trim();
    find("words").value = "";
    if (words) act("/caller", { do: "say", words });
  });
  find("faster").addEventListener("click", () => {
    act("/speed", { faster: find("faster").getAttribute("aria-pressed") === "true" ? "no" : "yes" });
  });
  find("hang-up").addEventListener("click", () => act("/caller", { do: "hang_up" }));
}

export function showCaller(state) {
  const { call, callers } = state;
  const agents = new Map(state.phones.map((phone) => [phone.key, phone.name]));
  fillOptions(find("who"), callers.map((caller) => [caller.phone, named(caller, agents)]));
  const live = call !== null && call.is_live;
  show(find("place"), !live);
  show(find("in-call"), live);
  show(find("faster"), live);
  find("faster").setAttribute("aria-pressed", String(state.is_faster));
  say(find("faster"), state.is_faster ? "4 times as fast" : "Faster");
  document.body.dataset.call = live ? "live" : "none";
  say(find("call-state"), sentence(call));
  find("call-state").dataset.mood = mood(call);
  fillLast(find("heard"), call === null ? [] : call.captions, 5, caption);
  show(find("heard"), call !== null);
}

function named(caller, agents) {
  const name = caller.name || caller.phone;
  return agents.has(caller.owner) ? `${name} (${agents.get(caller.owner)}’s lead)` : name;
}

function sentence(call) {
  if (call === null) return "Pick a caller and press Call.";
  if (!call.is_live) return `${call.caller} called ${call.line}. The call is over.`;
  return `${call.caller} calls ${call.line}. ${call.state}.`;
}

function mood(call) {
  if (call === null || !call.is_live) return "idle";
  return call.is_talking ? "talking" : "live";
}
