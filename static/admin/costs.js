// What the live rules cost, hook by hook, and what was found out about the draft in the editor.

import { get } from "./api.js";
import { byId, make, setAttribute, setText } from "./dom.js";
import { fill, number, t } from "./i18n.js";

const EVERY_MS = 3000;
const RUNS = { native: "costs.native", compiled: "costs.compiled", interpreted: "costs.interpreted" };
const runsName = (runs) => (RUNS[runs] ? t(RUNS[runs]) : runs);

const HEADINGS = [
  ["costs.hook", ""],
  ["costs.runs", ""],
  ["costs.calls", "number"],
  ["costs.tick", "number"],
  ["costs.call", "number"],
  ["costs.share", ""],
  ["costs.draft", ""],
];

let draft = new Map();
let failures = 0;

/** `0.4`, `12`, `1,200`: two digits that say something. */
function short(value) {
  if (!value) return "0";
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return number(value, { maximumFractionDigits: digits });
}

/** `3.1 µs`, or nanoseconds below a microsecond. */
function time(us) {
  if (!us) return "–";
  return us < 1 ? `${Math.round(us * 1000)} ns` : `${short(us)} µs`;
}

function percent(share) {
  if (!share) return "0 %";
  return share < 0.001 ? "< 0.1 %" : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** The room that pays most: what is true for it is enough for the others. */
function dearest(rooms) {
  const total = (room) => room.costs.hooks.reduce((sum, hook) => sum + hook.us, 0);
  return rooms.filter((room) => room.costs?.hooks).sort((a, b) => total(b) - total(a) || b.players - a.players)[0];
}

function newRow(name) {
  const row = make("tr");
  row.dataset.hook = name;
  const bar = make("div", "cost-bar", make("i"));
  bar.setAttribute("aria-hidden", "true");
  row.append(
    make("th", "", name),
    make("td", "runs"),
    make("td", "number calls"),
    make("td", "number us"),
    make("td", "number each"),
    make("td", "", make("div", "share", bar, make("span"))),
    make("td", "draft muted"),
  );
  row.cells[0].scope = "row";
  return row;
}

function fillRow(row, hook) {
  const [, runs, calls, us, each, share] = row.cells;
  row.dataset.runs = hook.runs;
  setText(runs, () => runsName(hook.runs));
  setAttribute(runs, "title", () => (hook.reason ? fill("line.says", { line: hook.line, message: hook.reason }) : ""));
  setText(calls, () => short(hook.calls));
  setText(us, () => time(hook.us));
  setText(each, () => (hook.calls ? time(hook.us / hook.calls) : "–"));
  const [bar, text] = share.firstElementChild.children;
  bar.firstElementChild.hidden = hook.share === 0;
  bar.firstElementChild.style.width = `${Math.min(100, hook.share * 100)}%`;
  bar.dataset.level = hook.share > 1 ? "bad" : hook.share > 0.5 ? "slow" : "good";
  setText(text, percent(hook.share));
}

function fillDraft(row) {
  const hook = draft.get(row.dataset.hook);
  const cell = row.cells[6];
  cell.dataset.runs = hook?.runs ?? "";
  const why = hook?.runs === "interpreted" && hook.line ? hook : null;
  const words = () => {
    if (!hook) return "–";
    const work = hook.operations ? fill("costs.operations", { n: short(hook.operations) }) : "";
    const where = why ? fill("line.says", { line: why.line, message: why.reason }) : "";
    return [runsName(hook.runs), work, where].filter(Boolean).join(t("list"));
  };
  setText(cell, words);
  setAttribute(cell, "title", why ? words : "");
}

function show(rooms) {
  const room = dearest(rooms);
  const body = byId("costs-table").tBodies[0];
  const hooks = room?.costs.hooks ?? [];
  for (const hook of hooks) {
    const row = body.querySelector(`[data-hook="${hook.hook}"]`) ?? body.appendChild(newRow(hook.hook));
    fillRow(row, hook);
    fillDraft(row);
  }
  const measured = room && room.costs.samples > 0;
  byId("costs").dataset.samples = room?.costs.samples ?? 0;
  const total = hooks.reduce((sum, hook) => sum + hook.us, 0);
  const budget = () => (room ? short(room.costs.budget_us / 1000) : "10");
  const sum = () => fill("costs.sum", { time: time(total), share: percent(total / room.costs.budget_us), budget: budget() });
  setText(byId("costs-sum"), measured ? sum : () => t(room ? "costs.unplayed" : "costs.no_room"));
  const where = () => fill("costs.where", { room: room.number, players: room.players, samples: room.costs.samples });
  setText(byId("costs-note"), () => `${measured ? where() : ""}${fill("costs.budget", { budget: budget(), players: number(1000) })}`);
}

async function refresh() {
  if (!byId("door").hidden || document.hidden) return;
  try {
    show((await get("/api/rooms")).rooms ?? []);
    failures = 0;
  } catch {
    // The header says when the server cannot be reached.
    failures += 1;
  }
}

/** What a check found out about the hooks of the script in the editor. */
export function takeDraft(hooks) {
  draft = new Map((hooks ?? []).map((hook) => [hook.hook, hook]));
  for (const row of byId("costs-table").tBodies[0].rows) fillDraft(row);
}

/** Puts the table below the editor and keeps it up to date. */
export function startCosts() {
  const head = make("tr");
  for (const [title, kind] of HEADINGS) {
    const cell = make("th", kind, () => t(title));
    cell.scope = "col";
    head.append(cell);
  }
  const table = make("table", "", make("thead", "", head), make("tbody"));
  table.id = "costs-table";
  const sum = make("span", "muted", "–");
  sum.id = "costs-sum";
  const note = make("p", "muted");
  note.id = "costs-note";
  const details = make("details", "", make("summary", "", make("b", "", () => t("costs.title")), sum), table, note);
  details.id = "costs";
  details.addEventListener("toggle", refresh);
  byId("verdict").after(details);
  addEventListener("hotswap-checked", (event) => takeDraft(event.detail));
  document.addEventListener("visibilitychange", refresh);
  let turn = 0;
  setInterval(() => {
    turn += 1;
    // A server that does not answer is asked less and less often.
    if (turn % Math.min(1 + failures, 10) === 0) refresh();
  }, EVERY_MS);
  refresh();
}
