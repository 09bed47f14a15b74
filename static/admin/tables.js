// The two live tables: who plays, and what was published.

import { failureWords } from "./adoption.js";
import { age, byId, duration, keyedRows, make, setAttribute, setText } from "./dom.js";
import { fill, plural, t } from "./i18n.js";
import { needs } from "./me.js";
import { moderateButton } from "./moderation.js";

const MAX_ROWS = 300;
const STATES = {
  live: "state.live",
  superseded: "state.superseded",
  rolled_back: "state.rolled_back",
  draft: "state.draft",
  canary: "state.canary",
  complete: "state.complete",
  stopped: "state.stopped",
  waiting: "state.waiting",
  published: "state.published",
  cancelled: "state.cancelled",
  failed: "state.failed",
};

/** What the state of a release, a roll-out or a schedule is called. */
export const stateName = (state) => (STATES[state] ? t(STATES[state]) : (state ?? ""));

let clients = [];
let connected = 0;
let releases = [];

/** Milliseconds since then, whether the server counts from now or since 1970. */
function sinceActive(ms) {
  return ms > 1e11 ? Date.now() - ms : ms;
}

export function takeClients(payload) {
  clients = payload.clients ?? [];
  connected = clients.filter((client) => client.connected !== false).length;
  showClients();
  showReleases();
  return { players: connected, rooms: new Set(clients.map((client) => client.room)).size };
}

function matches(client, wanted) {
  return [client.name, `${client.id}`, `room ${client.room}`, fill("room.name", { n: client.room }), client.address, client.version].some((text) =>
    String(text ?? "").toLowerCase().includes(wanted),
  );
}

function showClients() {
  const wanted = byId("clients-filter").value.trim().toLowerCase();
  const found = wanted ? clients.filter((client) => matches(client, wanted)) : clients;
  const sorted = [...found].sort((a, b) => a.room - b.room || a.id - b.id);
  const away = clients.length - connected;
  const online = connected;
  setText(byId("clients-count"), () => fill(away ? "clients.online_away" : "clients.online", { n: online, away }));
  keyedRows(byId("clients").tBodies[0], sorted.slice(0, MAX_ROWS), (client) => client.id, newClientRow, fillClientRow);
  byId("clients-empty").hidden = clients.length > 0;
  const more = byId("clients-more");
  more.hidden = clients.length === 0 || (sorted.length > 0 && sorted.length <= MAX_ROWS);
  setText(more, () => (sorted.length === 0 ? t("clients.no_match") : plural("clients.more", sorted.length - MAX_ROWS)));
}

function newClientRow(client) {
  const row = make("tr");
  row.dataset.player = client.id;
  for (const kind of ["number muted", "name", "number", "muted", "", "number", "number muted"]) row.append(make("td", kind));
  row.append(make("td", "act", moderateButton(client)));
  return row;
}

function fillClientRow(row, client) {
  const [id, name, room, address, version, ping, active] = row.cells;
  row.dataset.connected = String(client.connected !== false);
  setText(id, String(client.id));
  setText(name, client.name ?? "");
  name.title = client.name ?? "";
  setText(room, String(client.room));
  setText(address, client.address ?? "");
  address.title = client.address ?? "";
  setText(version, String(client.version ?? ""));
  const rtt = client.connected === false ? null : client.rtt_ms;
  setText(ping, () => duration(rtt));
  ping.dataset.level = rtt === null || rtt === undefined ? "" : rtt > 250 ? "bad" : rtt > 120 ? "slow" : "good";
  const since = sinceActive(client.last_active_ms);
  setText(active, () => (client.connected === false ? fill("clients.away", { time: age(since) }) : age(since)));
}

export function takeReleases(payload) {
  releases = [...(payload.releases ?? [])].sort((a, b) => b.number - a.number);
  showReleases();
  const live = releases.find((release) => release.kind !== "scene" && release.state === "live");
  return live?.number ?? null;
}

/** What of the list a change of the live rules or scene shows in. */
export function liveNumbers() {
  return releases.filter((release) => release.state === "live").map((release) => release.number).join();
}

function showReleases() {
  keyedRows(byId("releases").tBodies[0], releases.slice(0, MAX_ROWS), (release) => release.number, newReleaseRow, fillReleaseRow);
  byId("releases-empty").hidden = releases.length > 0;
}

function newReleaseRow(release) {
  const row = make("tr");
  row.dataset.release = release.number;
  row.dataset.kind = release.kind;
  const title = make("div", "title", make("b"), make("span", "badge"));
  const meter = make("div", "meter", make("i", "active"), make("i", "armed"), make("i", "failed"));
  row.append(
    make("td", "number", String(release.number)),
    make("td", "what", title, make("p", "muted"), make("p", "problem")),
    make("td", "adoption", meter, make("p"), make("p", "muted")),
    make("td", "actions"),
  );
  if (release.kind !== "scene") {
    const load = make("button", "quiet", () => t("releases.load"));
    load.type = "button";
    load.dataset.load = release.number;
    setAttribute(load, "aria-label", () => fill("releases.load_it", { n: release.number }));
    row.cells[3].append(load);
  }
  const back = make("button", "quiet", () => t("releases.back"));
  back.type = "button";
  back.dataset.back = release.number;
  const again = release.kind === "scene" ? "releases.back_scene" : "releases.back_rules";
  setAttribute(back, "title", () => fill(again, { n: release.number }));
  row.cells[3].append(needs(back, "publisher"));
  return row;
}

function fillReleaseRow(row, release) {
  const acks = { armed: 0, active: 0, failed: 0, errors: [], ...release.acks };
  row.dataset.state = release.state;
  Object.assign(row.dataset, { armed: acks.armed, active: acks.active, failed: acks.failed });
  const [, what, adoption] = row.cells;
  const [title, detail, problem] = what.children;
  setText(title.children[0], release.version || (() => t("releases.unnamed")));
  const badge = title.children[1];
  badge.dataset.state = release.state;
  setText(badge, () => stateName(release.state));
  setText(detail, () => detailWords(release));
  detail.title = release.note ? `${release.note}\n${release.hash ?? ""}` : (release.hash ?? "");
  const back = row.querySelector("[data-back]");
  if (back) back.hidden = release.state === "live" || release.state === "canary";
  const trouble = release.error || acks.errors?.length > 0;
  setText(problem, trouble ? () => release.error || failures(acks) : "");
  problem.hidden = !trouble;
  fillMeter(adoption, release, acks);
}

function detailWords(release) {
  const since = Date.now() - release.created_ms;
  const when = !release.created_ms ? "" : since < 1500 ? t("releases.just_now") : age(since);
  const kind = t(release.kind === "scene" ? "scene.title" : "rules.title");
  return [kind, release.author, when, release.hash?.slice(0, 8), release.note].filter(Boolean).join(" · ");
}

function failures(acks) {
  const [first] = acks.errors ?? [];
  if (!first) return "";
  const told = typeof first === "string" ? first : failureWords(first);
  const n = Math.max(acks.failed, acks.errors.length) - 1;
  return n > 0 ? fill("releases.failures", { told, n }) : told;
}

function fillMeter(cell, release, acks) {
  const [meter, caption, times] = cell.children;
  const waiting = Math.max(0, acks.armed - acks.active);
  const reported = acks.active + waiting + acks.failed;
  const total = Math.max(release.state === "live" ? connected : 0, reported, 1);
  [acks.active, waiting, acks.failed].forEach((part, index) => {
    meter.children[index].style.width = `${(part / total) * 100}%`;
  });
  const words = () => {
    const parts = [fill("releases.n_active", { n: acks.active })];
    if (waiting) parts.push(fill("releases.n_armed", { n: waiting }));
    if (acks.failed) parts.push(fill("releases.n_failed", { n: acks.failed }));
    return parts.join(t("list"));
  };
  setText(caption, reported ? words : () => t("releases.no_reports"));
  const timed = Number.isFinite(acks.p50_ms);
  setText(times, timed ? () => fill("releases.times", { p50: duration(acks.p50_ms), p99: duration(acks.p99_ms) }) : "");
}

/** Connects the tables; `load(number)` and `back(release)` are called for the release that somebody points at. */
export function startTables(load, back) {
  byId("clients-filter").addEventListener("input", showClients);
  byId("releases").addEventListener("click", (event) => {
    const number = event.target.closest("button[data-load]")?.dataset.load;
    if (number) load(Number(number));
    const earlier = event.target.closest("button[data-back]");
    if (!earlier) return;
    earlier.disabled = true;
    back(releases.find((release) => String(release.number) === earlier.dataset.back)).finally(() => (earlier.disabled = false));
  });
}
