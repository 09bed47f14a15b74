// How a release reaches the rooms: what the publish form asks for, what is on its way, and which room plays what.

import { post } from "./api.js";
import { confirmed } from "./confirm.js";
import { age, byId, keyedRows, make, setAttribute, setText, toast } from "./dom.js";
import { fill, number, plural, Problem, t } from "./i18n.js";
import { needs } from "./me.js";
import { stateName } from "./tables.js";
import { moment } from "./view.js";

const MAX_ENDED = 6;

let rooms = [];
let rollouts = [];
let schedules = [];
let describe = () => {};

const valueOf = (id) => Number(byId(id).value);

/** Where and when the form says, as POST /api/update_script takes it. */
export function wish() {
  const asked = {};
  const to = byId("publish-to").value;
  if (to === "share") asked.share = valueOf("publish-share");
  if (to === "room") asked.room = valueOf("publish-room");
  const minutes = valueOf("publish-minutes");
  if (to !== "all" && minutes > 0) asked.promote_minutes = minutes;
  if (byId("publish-when").value === "at") {
    const at = new Date(byId("publish-at").value).getTime();
    if (!Number.isFinite(at)) throw new Problem(() => t("publish.say_when"));
    asked.at_ms = at;
  }
  return asked;
}

/** True when the form asks for all rooms, now. */
export function wishIsPlain() {
  return byId("publish-to").value === "all" && byId("publish-when").value === "now";
}

/** What gives in words what the form asks for now; they are empty for all rooms, at once. */
export function wishWords() {
  const to = byId("publish-to").value;
  const [room, share] = [byId("publish-room").value, byId("publish-share").value];
  const at = byId("publish-when").value === "at" ? new Date(byId("publish-at").value).getTime() : 0;
  return () => {
    const where = to === "room" ? fill("wish.room", { n: room }) : to === "share" ? fill("wish.share", { share }) : "";
    return [where, at ? fill("wish.at", { when: moment(at) }) : ""].filter(Boolean).join(t("list"));
  };
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
        const option = make("option", "", () => fill("publish.room_of", { n: room.number, players: plural("players", room.players) }));
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
    setText(name, () => fill("room.name", { n: room.number }));
    setText(release, room.release ? `#${room.release} ${room.version}` : () => t("rooms.native"));
    setAttribute(item, "title", () => roomWords(room));
  });
}

function roomWords(room) {
  const people = plural("players", room.players);
  const all = room.bots ? fill("rooms.with_bots", { people, bots: plural("bots", room.bots) }) : people;
  const parts = [all, fill("rooms.tick", { n: number(room.tick) }), room.hash ? `SHA-256 ${room.hash}` : ""];
  return [room.safe_mode ? t("rooms.safe_mode") : "", parts.filter(Boolean).join(t("list"))].filter(Boolean).join(" ");
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
    button("", "promote", "go");
    button(() => t("rollouts.to_all"), "promote-all");
    button(() => t("rollouts.stop"), "stop");
  } else {
    row.dataset.schedule = item.schedule.id;
    button(() => t("cancel"), "cancel");
  }
  return row;
}

function fillItem(row, { rollout, schedule }) {
  const [title, detail, buttons] = row.children;
  const state = (rollout ?? schedule).state;
  row.dataset.state = state;
  title.children[1].dataset.state = state;
  setText(title.children[1], () => stateName(state));
  if (rollout) {
    setText(title.children[0], `#${rollout.release}`);
    setText(detail, () => rolloutWords(rollout));
    buttons.hidden = state !== "canary";
    setText(buttons.children[0], () => fill("rollouts.promote", { share: rollout.next_share }));
    buttons.children[0].dataset.share = rollout.next_share;
    buttons.children[1].hidden = rollout.next_share === 100;
  } else {
    setText(title.children[0], schedule.version);
    setText(detail, () => scheduleWords(schedule));
    buttons.hidden = state !== "waiting";
  }
}

function rolloutWords(rollout) {
  if (rollout.state !== "canary") return rollout.why || t("rollouts.everywhere");
  const names = rollout.rooms.length > 6 ? `${rollout.rooms.slice(0, 6).join(", ")}, …` : rollout.rooms.join(", ");
  const where = rollout.rooms.length
    ? fill("rollouts.in_rooms", { names, n: rollout.rooms.length, open: rollout.open_rooms })
    : fill("rollouts.in_none", { open: rollout.open_rooms });
  if (!rollout.widen_after_ms) return where;
  if (!rollout.widens_at_ms) return fill("rollouts.goes_on_played", { where });
  const left = rollout.widens_at_ms - Date.now();
  return left > 1500 ? fill("rollouts.goes_on_in", { where, time: age(left) }) : fill("rollouts.goes_on_now", { where });
}

function scheduleWords(schedule) {
  if (schedule.state !== "waiting") return fill("schedule.ended", { n: schedule.id, why: schedule.why });
  const part = schedule.share ? fill("wish.share", { share: schedule.share }) : fill("wish.room", { n: schedule.room });
  const where = schedule.share >= 100 ? t("wish.all") : part;
  return fill("schedule.waiting", { where, when: moment(schedule.at_ms), time: age(schedule.at_ms - Date.now()) });
}

async function act(button) {
  const row = button.closest("li");
  const { rollout, schedule } = row.dataset;
  const calls = {
    // What the button says, which is no step further than meant when the roll-out has gone on meanwhile.
    promote: [`/api/rollouts/${rollout}/promote`, { share: Number(button.dataset.share) }],
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

/** Publishes the rules or the scene of an earlier release again, as a new one, if that is the one which was meant. */
export async function rollBack({ number: n, version, kind }) {
  const title = () => fill("rollouts.back_to", { release: fill("release.name", { n, version }) });
  const text = () => t(kind === "scene" ? "rollouts.back_scene" : "rollouts.back_rules");
  if (!(await confirmed(title, text, () => t("releases.back")))) return;
  try {
    const answer = await post(`/api/releases/${n}/roll_back`, {});
    toast(fill("rollouts.back", { n, message: answer.message }), "good");
  } catch (error) {
    toast(fill("rollouts.not_back", { why: error.message }), "bad");
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
