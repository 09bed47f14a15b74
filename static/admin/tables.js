// The two live tables: who plays, and what was published.

import { age, byId, count, duration, keyedRows, make, setText } from "./dom.js";
import { needs } from "./me.js";

const MAX_ROWS = 300;
const STATES = { live: "live", superseded: "superseded", rolled_back: "rolled back", draft: "draft", canary: "canary", stopped: "stopped" };

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
  return [client.name, `${client.id}`, `room ${client.room}`, client.address, client.version].some((text) =>
    String(text ?? "").toLowerCase().includes(wanted),
  );
}

function showClients() {
  const wanted = byId("clients-filter").value.trim().toLowerCase();
  const found = wanted ? clients.filter((client) => matches(client, wanted)) : clients;
  const sorted = [...found].sort((a, b) => a.room - b.room || a.id - b.id);
  const away = clients.length - connected;
  setText(byId("clients-count"), away ? `${connected} online, ${away} away` : `${connected} online`);
  keyedRows(byId("clients").tBodies[0], sorted.slice(0, MAX_ROWS), (client) => client.id, newClientRow, fillClientRow);
  byId("clients-empty").hidden = clients.length > 0;
  const more = byId("clients-more");
  more.hidden = clients.length === 0 || (sorted.length > 0 && sorted.length <= MAX_ROWS);
  setText(more, sorted.length === 0 ? "Nobody matches." : `${count(sorted.length - MAX_ROWS, "more player")}: search to find them.`);
}

function newClientRow(client) {
  const row = make("tr");
  row.dataset.player = client.id;
  for (const kind of ["number muted", "name", "number", "muted", "", "number", "number muted"]) row.append(make("td", kind));
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
  setText(ping, duration(rtt));
  ping.dataset.level = rtt === null || rtt === undefined ? "" : rtt > 250 ? "bad" : rtt > 120 ? "slow" : "good";
  setText(active, client.connected === false ? `away ${age(sinceActive(client.last_active_ms))}` : age(sinceActive(client.last_active_ms)));
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
    const load = make("button", "quiet", "Load");
    load.type = "button";
    load.dataset.load = release.number;
    load.setAttribute("aria-label", `Load release ${release.number} into the editor`);
    row.cells[3].append(load);
  }
  const back = make("button", "quiet", "Go back");
  back.type = "button";
  back.dataset.back = release.number;
  back.title = `Publish the ${release.kind === "scene" ? "scene" : "rules"} of release ${release.number} again, in all rooms`;
  row.cells[3].append(needs(back, "publisher"));
  return row;
}

function fillReleaseRow(row, release) {
  const acks = { armed: 0, active: 0, failed: 0, errors: [], ...release.acks };
  row.dataset.state = release.state;
  Object.assign(row.dataset, { armed: acks.armed, active: acks.active, failed: acks.failed });
  const [, what, adoption] = row.cells;
  const [title, detail, problem] = what.children;
  setText(title.children[0], release.version || "unnamed");
  const badge = title.children[1];
  badge.dataset.state = release.state;
  setText(badge, STATES[release.state] ?? release.state ?? "");
  const when = release.created_ms ? `${age(Date.now() - release.created_ms)}`.replace(/^now$/, "just now") : "";
  const parts = [release.kind === "scene" ? "Scene" : "Rules", release.author, when, release.hash?.slice(0, 8), release.note];
  setText(detail, parts.filter(Boolean).join(" · "));
  detail.title = release.note ? `${release.note}\n${release.hash ?? ""}` : (release.hash ?? "");
  const back = row.querySelector("[data-back]");
  if (back) back.hidden = release.state === "live" || release.state === "canary";
  const trouble = release.error || failures(acks);
  setText(problem, trouble ? String(trouble) : "");
  problem.hidden = !trouble;
  fillMeter(adoption, release, acks);
}

function failures(acks) {
  const [first] = acks.errors ?? [];
  if (!first) return "";
  const text = typeof first === "string" ? first : `Player ${first.player}${first.browser ? `, ${first.browser}` : ""}: ${first.error}`;
  const rest = Math.max(acks.failed, acks.errors.length) - 1;
  return rest > 0 ? `${text} (and ${rest} more)` : text;
}

function fillMeter(cell, release, acks) {
  const [meter, caption, times] = cell.children;
  const waiting = Math.max(0, acks.armed - acks.active);
  const reported = acks.active + waiting + acks.failed;
  const total = Math.max(release.state === "live" ? connected : 0, reported, 1);
  [acks.active, waiting, acks.failed].forEach((part, index) => {
    meter.children[index].style.width = `${(part / total) * 100}%`;
  });
  const words = [`${acks.active} active`];
  if (waiting) words.push(`${waiting} armed`);
  if (acks.failed) words.push(`${acks.failed} failed`);
  setText(caption, reported ? words.join(", ") : "No reports");
  const timed = Number.isFinite(acks.p50_ms);
  setText(times, timed ? `p50 ${duration(acks.p50_ms)}, p99 ${duration(acks.p99_ms)}` : "");
}

/** Connects the tables; `load(number)` and `back(number)` are called for the release that somebody points at. */
export function startTables(load, back) {
  byId("clients-filter").addEventListener("input", showClients);
  byId("releases").addEventListener("click", (event) => {
    const number = event.target.closest("button[data-load]")?.dataset.load;
    if (number) load(Number(number));
    const earlier = event.target.closest("button[data-back]");
    if (!earlier) return;
    earlier.disabled = true;
    back(Number(earlier.dataset.back)).finally(() => (earlier.disabled = false));
  });
}
