// The control room: logs in, loads what is live, and keeps every panel up to date.

import { follow, get, onLoggedOut, post } from "./api.js";
import { byId, setStatus, setText, toast } from "./dom.js";
import { takeAdoption } from "./adoption.js";
import { rollBack, takeRollouts, takeRooms } from "./rollouts.js";
import { liveNumberIs, loadRelease, setPlayers, startRules, takeConfig } from "./rules.js";
import { startScene, takeScene } from "./scene.js";
import { liveNumbers, startTables, takeClients, takeReleases } from "./tables.js";

const LINK = { live: "Live", polling: "Polling", lost: "Server unreachable", connecting: "Connecting" };

let stop = null;
let seen = null;

function showDoor(message = "") {
  stop?.();
  stop = null;
  byId("door").hidden = false;
  byId("bar").inert = true;
  byId("room").inert = true;
  const problem = byId("login-error");
  problem.hidden = !message;
  setText(problem, message);
  byId("token").focus();
}

async function refresh() {
  const config = await get("/api/config");
  takeConfig(config);
  takeScene(config);
  const release = config.release ?? {};
  setText(byId("live-rules"), release.number ? `#${release.number} ${release.version}` : "native");
  byId("live-rules").title = release.hash ? `SHA-256 ${release.hash}` : "";
  setText(byId("live-scene"), config.background_version || "built-in");
  setText(byId("live-rate"), config.tick_rate ? `${config.tick_rate} Hz` : "–");
}

function refreshQuietly() {
  refresh().catch((error) => error.status !== 401 && toast(`The live state could not be read: ${error.message}`, "bad"));
}

async function enter() {
  await refresh();
  byId("door").hidden = true;
  byId("room").hidden = false;
  byId("bar").inert = false;
  byId("room").inert = false;
  stop?.();
  setStatus(byId("link"), "connecting", LINK.connecting);
  stop = follow({
    clients(payload) {
      const { players, rooms } = takeClients(payload);
      setPlayers(players);
      setText(byId("live-players"), players.toLocaleString("en"));
      setText(byId("live-rooms"), rooms.toLocaleString("en"));
    },
    releases(payload) {
      const number = takeReleases(payload);
      const now = liveNumbers();
      if (seen !== null && seen !== now) refreshQuietly();
      else liveNumberIs(number, refreshQuietly);
      seen = now;
    },
    rooms: takeRooms,
    rollouts: takeRollouts,
    adoption: takeAdoption,
    state: (state) => setStatus(byId("link"), state, LINK[state]),
  });
}

async function logIn(token) {
  const button = byId("login");
  button.disabled = true;
  try {
    await post("/api/login", { token });
    byId("token").value = "";
    await enter();
  } catch (error) {
    showDoor(error.status === 401 || error.status === 403 ? "This token is not the one." : error.message);
  } finally {
    button.disabled = false;
  }
}

/** The token from the address, which it then leaves: addresses end up in histories and screenshots. */
function tokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) history.replaceState(null, "", location.pathname + location.search);
  return token;
}

async function start() {
  startRules();
  startScene();
  startTables(loadRelease, rollBack);
  onLoggedOut(() => {
    // Several calls may learn of it at once; the first one says it.
    if (byId("door").hidden) showDoor(stop ? "The session has ended. Log in to go on; your changes are still here." : "");
  });
  addEventListener("hotswap-refresh", refreshQuietly);
  addEventListener("hashchange", () => {
    const token = tokenFromAddress();
    if (token) logIn(token);
  });
  byId("login-form").addEventListener("submit", (event) => {
    event.preventDefault();
    logIn(byId("token").value.trim());
  });
  byId("logout").addEventListener("click", async () => {
    stop?.();
    stop = null;
    await post("/api/logout").catch(() => {});
    showDoor();
  });

  const token = tokenFromAddress();
  if (token) return logIn(token);
  try {
    await enter();
  } catch (error) {
    showDoor(error.status === 401 ? "" : error.message);
  }
}

start();
