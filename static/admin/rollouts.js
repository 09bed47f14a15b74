// How a release reaches the rooms: what the publish form asks for, what is on its way, and which room plays what.

import { post } from "./api.js";
import { age, byId, count, keyedRows, make, setText, toast } from "./dom.js";
import { needs } from "./me.js";

const STATES = {
  canary: "canary",
  complete: "complete",
  stopped: "stopped",
  superseded: "superseded",
  rolled_back: "rolled back",
  waiting: "scheduled",
  published: "published",
  cancelled: "cancelled",
  failed: "failed",
};
const MAX_ENDED = 6;

let rooms = [];
let rollouts = [];
let schedules = [];
let describe = () => {};

const number = (id) => Number(byId(id).value);

/** Where and when the form says, as POST /api/update_script takes it. */
export function wish() {
  const asked = {};
  const to = byId("publish-to").value;
  if (to === "share") asked.share = number("publish-share");
  if (to === "room") asked.room = number("publish-room");
  const minutes = number("publish-minutes");
  if (to !== "all" && minutes > 0) asked.promote_minutes = minutes;
  if (byId("publish-when").value === "at") {
    const at = new Date(byId("publish-at").value).getTime();
    if (!Number.isFinite(at)) throw new Error("Say at what time.");
    asked.at_ms = at;
  }
  return asked;
}

/** True when the form asks for all rooms, now. */
export function wishIsPlain() {
  return byId("publish-to").value === "all" && byId("publish-when").value === "now";
}

/** What the form asks for, in words; empty for all rooms, now. */
export function wishWords() {
  const to = byId("publish-to").value;
  const where =
    to === "room" ? `room ${byId("publish-room").value}` : to === "share" ? `${byId("publish-share").value} % of the rooms` : "";
  const when = byId("publish-when").value === "at" ? byId("publish-at").value.replace("T", " ") : "";
  return [where, when && `at ${when}`].filter(Boolean).join(", ");
}

/** After something was published the next one is for now again; where it goes stays as it was. */
export function resetWish() {
  byId("publish-when").value = "now";
  showFields();
}

function showFields() {
  const to = byId("publish-to").value;
  byId("publish-share-field").hidden = to !== "share";
  byId("publish-room-field").hidden = to !== "room";
  byId("publish-minutes-field").hidden = to === "all";
  const later = byId("publish-when").value === "at";
  byId("publish-at-field").hidden = !later;
  byId("publish-at").required = later;
  if (later && !byId("publish-at").value) {
    const soon = new Date(Date.now() + 15 * 60_000);
    soon.setMinutes(soon.getMinutes() - soon.getTimezoneOffset());
    byId("publish-at").value = soon.toISOString().slice(0, 16);
  }
  describe();
}

export function takeRooms(payload) {
  rooms = payload.rooms ?? [];
  const select = byId("publish-room");
  const chosen = select.value;
  const wanted = rooms.map((room) => String(room.number));
  if ([...select.options].map((option) => option.value).join() !== wanted.join()) {
    select.replaceChildren(
      ...rooms.map((room) => {
        const option = make("option", "", `Room ${room.number} (${count(room.players, "player")})`);
        option.value = room.number;
        return option;
      }),
    );
    if (wanted.includes(chosen)) select.value = chosen;
  }
  showRooms();
}

function showRooms() {
  const live = new Set(rooms.map((room) => room.release));
  const most = Math.max(...live, 0);
  keyedRows(byId("rooms"), rooms, (room) => room.number, newRoom, (item, room) => {
    const [name, release] = item.children;
    item.dataset.release = room.release;
    item.dataset.state = room.safe_mode ? "safe" : live.size > 1 && room.release === most ? "newer" : "";
    setText(name, `Room ${room.number}`);
    setText(release, room.release ? `#${room.release} ${room.version}` : "native rules");
    const why = room.safe_mode ? "Safe mode: two releases failed in a row. Publish something to leave it. " : "";
    const bots = room.bots ? ` and ${count(room.bots, "bot")}` : "";
    item.title = `${why}${count(room.players, "player")}${bots}, tick ${room.tick}${room.hash ? `, SHA-256 ${room.hash}` : ""}`;
  });
}

function newRoom(room) {
  const item = make("li", "", make("b"), make("span"));
  item.dataset.room = room.number;
  return item;
}

export function takeRollouts(payload) {
  rollouts = payload.rollouts ?? [];
  schedules = payload.schedules ?? [];
  const running = [
    ...schedules.filter((one) => one.state === "waiting").map((one) => ({ key: `s${one.id}`, schedule: one })),
    ...rollouts.filter((one) => one.state === "canary").map((one) => ({ key: `r${one.release}`, rollout: one })),
  ];
  const ended = [
    ...rollouts.filter((one) => one.state !== "canary").map((one) => ({ key: `r${one.release}`, rollout: one })),
    ...schedules
      .filter((one) => one.state === "failed" || one.state === "cancelled")
      .map((one) => ({ key: `s${one.id}`, schedule: one })),
  ].slice(0, MAX_ENDED);
  const list = byId("rollouts");
  keyedRows(list, [...running, ...ended], (item) => item.key, newItem, fillItem);
  byId("rollouts-empty").hidden = list.children.length > 0;
}

function newItem(item) {
  const row = make("li", "", make("div", "title", make("b"), make("span", "badge")), make("p", "muted"), make("div", "row"));
  const button = (label, action, kind = "quiet") => {
    const element = make("button", kind, label);
    element.type = "button";
    element.dataset.action = action;
    row.lastChild.append(needs(element, "publisher"));
  };
  if (item.rollout) {
    row.dataset.rollout = item.rollout.release;
    button("Promote", "promote", "go");
    button("To all rooms", "promote-all");
    button("Stop", "stop");
  } else {
    row.dataset.schedule = item.schedule.id;
    button("Cancel", "cancel");
  }
  return row;
}

function fillItem(row, { rollout, schedule }) {
  const [title, detail, buttons] = row.children;
  const state = (rollout ?? schedule).state;
  row.dataset.state = state;
  title.children[1].dataset.state = state;
  setText(title.children[1], STATES[state] ?? state);
  if (rollout) {
    setText(title.children[0], `#${rollout.release}`);
    setText(detail, rolloutWords(rollout));
    buttons.hidden = state !== "canary";
    setText(buttons.children[0], `Promote to ${rollout.next_share} %`);
    buttons.children[1].hidden = rollout.next_share === 100;
  } else {
    setText(title.children[0], schedule.version);
    setText(detail, scheduleWords(schedule));
    buttons.hidden = state !== "waiting";
  }
}

function rolloutWords(rollout) {
  if (rollout.state !== "canary") return rollout.why || "In all rooms";
  const names = rollout.rooms.length > 6 ? `${rollout.rooms.slice(0, 6).join(", ")}, …` : rollout.rooms.join(", ");
  const where = rollout.rooms.length
    ? `In room ${names}: ${rollout.rooms.length} of ${rollout.open_rooms}`
    : `In no open room (${rollout.open_rooms} are open)`;
  if (!rollout.widen_after_ms) return where;
  if (!rollout.widens_at_ms) return `${where}. Goes on by itself once somebody has played it`;
  const left = rollout.widens_at_ms - Date.now();
  return `${where}. Goes on by itself ${left > 1500 ? `in ${age(left)}` : "now"}`;
}

function scheduleWords(schedule) {
  if (schedule.state !== "waiting") return `Schedule ${schedule.id}: ${schedule.why}`;
  const where =
    schedule.share >= 100 ? "all rooms" : schedule.share ? `${schedule.share} % of the rooms` : `room ${schedule.room}`;
  return `To ${where} on ${new Date(schedule.at_ms).toLocaleString()} (in ${age(schedule.at_ms - Date.now())})`;
}

async function act(button) {
  const row = button.closest("li");
  const { rollout, schedule } = row.dataset;
  const calls = {
    promote: [`/api/rollouts/${rollout}/promote`, {}],
    "promote-all": [`/api/rollouts/${rollout}/promote`, { share: 100 }],
    stop: [`/api/rollouts/${rollout}/stop`, {}],
    cancel: [`/api/schedules/${schedule}/cancel`, {}],
  };
  button.disabled = true;
  try {
    const answer = await post(...calls[button.dataset.action]);
    toast(answer.message, "good");
  } catch (error) {
    toast(error.message, "bad");
  } finally {
    button.disabled = false;
  }
}

/** Publishes the rules or the scene of an earlier release again, as a new one. */
export async function rollBack(release) {
  try {
    const answer = await post(`/api/releases/${release}/roll_back`, {});
    toast(`Back to #${release}: ${answer.message}`, "good");
  } catch (error) {
    toast(`Not rolled back: ${error.message}`, "bad");
  }
}

/** Connects the panel and the fields; `changed()` is called when the form asks for something else. */
export function startRollouts(changed) {
  describe = changed;
  for (const id of ["publish-to", "publish-when", "publish-share", "publish-room", "publish-at"]) {
    byId(id).addEventListener("change", showFields);
  }
  byId("rollouts").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (button) act(button);
  });
  showFields();
}
