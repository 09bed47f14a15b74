// The control room: logs in, loads what is live, and keeps every panel up to date.

import { follow, get, onLoggedOut, post } from "./api.js";
import { startCosts } from "./costs.js";
import { openAccount } from "./account.js";
import { openAudit } from "./audit.js";
import { openCards } from "./cards.js";
import { byId, setStatus, setText, toast } from "./dom.js";
import { comeIn, hideDoor, isDoorShown, showDoor, startDoor } from "./door.js";
import { openFirstAccount } from "./first.js";
import { openHistory } from "./history.js";
import { knowClients, openModeration, takeModeration } from "./moderation.js";
import { fill, number, t } from "./i18n.js";
import { loadMe, startMe } from "./me.js";
import { openOperators } from "./operators.js";
import { takeAdoption } from "./adoption.js";
import { rollBack, takeRollouts, takeRooms } from "./rollouts.js";
import { startRehearsal } from "./rehearsal.js";
import { liveNumberIs, loadRelease, setPlayers, startRules, takeConfig } from "./rules.js";
import { startScene, takeScene } from "./scene.js";
import { liveNumbers, startTables, takeClients, takeReleases } from "./tables.js";
import { closeView } from "./view.js";

const LINK = { live: "link.live", polling: "link.polling", lost: "link.lost", connecting: "link.connecting" };

let stop = null;
let seen = null;

function leave(message = "") {
  stop?.();
  stop = null;
  closeView();
  return showDoor(message);
}

async function refresh() {
  const config = await get("/api/config");
  takeConfig(config);
  takeScene(config);
  const release = config.release ?? {};
  setText(byId("live-rules"), release.number ? `#${release.number} ${release.version}` : () => t("bar.native"));
  byId("live-rules").title = release.hash ? `SHA-256 ${release.hash}` : "";
  setText(byId("live-scene"), config.background_version || (() => t("bar.built_in")));
  setText(byId("live-rate"), config.tick_rate ? `${config.tick_rate} Hz` : "–");
}

function refreshQuietly() {
  refresh().catch((error) => error.status !== 401 && toast(fill("bar.unread", { why: error.message }), "bad"));
}

const showLink = (state) => setStatus(byId("link"), state, () => t(LINK[state]));

async function enter() {
  await loadMe();
  await refresh();
  byId("room").hidden = false;
  hideDoor();
  stop?.();
  showLink("connecting");
  stop = follow({
    clients(payload) {
      knowClients(payload);
      const { players, rooms } = takeClients(payload);
      setPlayers(players);
      setText(byId("live-players"), () => number(players));
      setText(byId("live-rooms"), () => number(rooms));
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
    moderation: takeModeration,
    state: showLink,
  });
}

/** Opens a window, and says so when it cannot. */
function opens(id, open) {
  byId(id).addEventListener("click", () => {
    byId("menu").hidePopover?.();
    Promise.resolve(open()).catch((error) => error.status !== 401 && toast(error.message, "bad"));
  });
}

function startViews() {
  const load = (number) => {
    closeView();
    return loadRelease(number);
  };
  opens("history", () => openHistory(load));
  opens("open-history", () => openHistory(load));
  opens("open-cards", openCards);
  opens("open-audit", openAudit);
  opens("open-moderation", openModeration);
  opens("open-operators", openOperators);
  opens("open-account", () => openAccount(() => leave()));
  opens("first-account", () => openFirstAccount(enter));
  opens("logout", async () => {
    await post("/api/logout").catch(() => {});
    await leave();
  });
}

/** The token from the address, which it then leaves: addresses end up in histories and screenshots. */
function tokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) history.replaceState(null, "", location.pathname + location.search);
  return token;
}

async function start() {
  startMe();
  startDoor(enter);
  startViews();
  startRules();
  startRehearsal();
  startScene();
  startTables(loadRelease, rollBack);
  startCosts();
  onLoggedOut(() => {
    // Several calls may learn of it at once; the first one says it.
    if (!isDoorShown()) leave(stop ? () => t("door.ended") : "");
  });
  addEventListener("hotswap-refresh", refreshQuietly);
  addEventListener("hashchange", () => {
    const token = tokenFromAddress();
    if (token) comeIn("/api/login", { token });
  });

  const token = tokenFromAddress();
  if (token) return comeIn("/api/login", { token });
  try {
    await enter();
  } catch (error) {
    await showDoor(error.status === 401 ? "" : () => error.message);
  }
}

start();
