// The page's only way to the demo: it asks for the state twice a second, and says what hands did.

import { find, say, show } from "./dom.js";

const EVERY_MS = 500;
const ALERT_MS = 6000;
const LOST = "The demo does not answer. Start it again with: sami demo";
let alertTimer = 0;
let refresh = () => {};

export async function act(path, asked) {
  try {
    const answer = await fetch(`/sim${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(asked),
    });
    if (!answer.ok) {
      const refused = await answer.json().catch(() => ({}));
      complain(refused.error || "That did not work.");
    }
  } catch {
    complain(LOST);
  }
  refresh();
}

export function complain(text) {
  const alert = find("alert");
  say(alert, text);
  show(alert, true);
  clearTimeout(alertTimer);
  alertTimer = setTimeout(() => show(alert, false), ALERT_MS);
}

// Each state goes to `render` once; an unchanged one is not even sent (ETag).
export function follow(render) {
  let etag = "";
  let timer = 0;
  let asking = false;

  async function ask() {
    if (asking) return;
    asking = true;
    clearTimeout(timer);
    try {
      const answer = await fetch("/sim/state", { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
      if (answer.status === 200) {
        etag = answer.headers.get("ETag") || "";
        render(await answer.json());
      }
    } catch {
      etag = "";
      complain(LOST);
    }
    asking = false;
    timer = setTimeout(ask, EVERY_MS);
  }

  refresh = ask;
  ask();
}
