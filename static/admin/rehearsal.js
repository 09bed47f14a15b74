// Rehearsing a draft before anybody plays by it: the game itself in a frame, with bots, on what stands in the editor, and
// what the last recorded fights would have become, in numbers.

import { at, post } from "./api.js";
import { byId, make, setAttribute, setStatus } from "./dom.js";
import { fill, number, onLanguage, plural, t } from "./i18n.js";
import { button, choice, field, input } from "./view.js";

const SEND_DELAY_MS = 500;
const NUMBERS_DELAY_MS = 900;
const READY_WITHIN_MS = 10000;
const SKILLS = [
  ["easy", () => t("rehearsal.easy")],
  ["normal", () => t("rehearsal.normal")],
  ["hard", () => t("rehearsal.hard")],
  ["mixed", () => t("rehearsal.mixed")],
];
const MAX_BOTS = 15;
const WIDE = 1600;

const panel = make("aside");
const stage = make("div");
const frameStatus = make("p", "", "");
const numbersStatus = make("p", "muted", "");
const rows = make("tbody");
const opener = button(() => t("rehearsal.title"), "quiet", () => toggle(panel.hidden));
const bots = input("rehearse-bots", "number", { min: 1, max: MAX_BOTS, value: 5 });
const skill = choice("rehearse-skill", SKILLS, "mixed");

let frame = null;
let listening = false;
let waitTimer = 0;
let sendTimer = 0;
let numbersTimer = 0;
let asking = null;
/** The script that the numbers are of. */
let counted = null;

const draft = () => byId("script").value;

/** Lets the frame play what is in the editor now. */
function send() {
  clearTimeout(sendTimer);
  if (!frame || !listening) return;
  const wanted = Math.min(MAX_BOTS, Math.max(1, Math.round(Number(bots.value)) || 1));
  frame.contentWindow?.postMessage({ type: "rehearse", script: draft(), bots: wanted, skill: skill.value }, location.origin);
}

function sendSoon() {
  clearTimeout(sendTimer);
  if (frame && listening) sendTimer = setTimeout(send, SEND_DELAY_MS);
}

/** Puts a fresh game into the panel. */
function restart() {
  listening = false;
  clearTimeout(waitTimer);
  frame?.remove();
  frame = make("iframe");
  frame.id = "rehearsal-frame";
  setAttribute(frame, "title", () => t("rehearsal.frame"));
  frame.src = at("/?rehearse");
  stage.replaceChildren(frame);
  setStatus(frameStatus, "busy", () => t("rehearsal.starting"));
  waitTimer = setTimeout(() => {
    setStatus(frameStatus, "bad", () => t("rehearsal.silent"));
  }, READY_WITHIN_MS);
}

/** Takes the game out again: it costs the tab as much as playing. */
function end() {
  clearTimeout(waitTimer);
  clearTimeout(sendTimer);
  clearTimeout(numbersTimer);
  asking?.abort();
  frame?.remove();
  frame = null;
  listening = false;
}

/** What the game in the frame says. */
function hear(event) {
  if (!frame || event.source !== frame.contentWindow || event.origin !== location.origin) return;
  const { type, state, error } = event.data ?? {};
  if (type !== "rehearsal") return;
  clearTimeout(waitTimer);
  if (state === "ready") {
    listening = true;
    setStatus(frameStatus, "busy", () => t("rehearsal.ready"));
    send();
  } else if (state === "running") {
    setStatus(frameStatus, "good", () => t("rehearsal.playing"));
  } else if (state === "failed") {
    const why = () => {
      const message = error?.message ?? t("rehearsal.broken");
      return error?.line ? fill("line.says", { line: error.line, message }) : message;
    };
    setStatus(frameStatus, "bad", () => fill("rehearsal.goes_on", { why: why() }));
  }
}

const VERDICTS = {
  more: "rehearsal.more",
  less: "rehearsal.less",
  "much more": "rehearsal.much_more",
  "much less": "rehearsal.much_less",
  new: "rehearsal.new",
  gone: "rehearsal.gone",
};
// What else the server counts goes by the name that it says.
const TITLES = {
  kills: "rehearsal.kills",
  time_to_kill_s: "rehearsal.time_to_kill",
  damage: "rehearsal.damage",
  distance: "rehearsal.distance",
  strikes: "rehearsal.strikes",
  strike_hit_percent: "rehearsal.strike_hits",
  orb_hits: "rehearsal.orb_hits",
  orb_kills: "rehearsal.orb_kills",
  operations_per_tick: "rehearsal.operations",
};

const shown = (value) => (value === null || value === undefined ? "–" : number(value, { maximumFractionDigits: value < 100 ? 2 : 0 }));

function percent(change) {
  if (change === null || change === undefined) return "";
  if (change === 0) return t("rehearsal.same");
  const digits = Math.abs(change) < 10 ? 1 : 0;
  return `${change > 0 ? "+" : "−"}${number(Math.abs(change), { maximumFractionDigits: digits })} %`;
}

function fillRow({ name, title, live, draft: wanted, change_percent: change, verdict }) {
  const head = make("th", "", () => (TITLES[name] ? t(TITLES[name]) : title));
  head.scope = "row";
  const cells = [live, wanted].map((value) => make("td", "number", () => shown(value)));
  const key = VERDICTS[verdict];
  const told = make("td", "number change", make("span", "", () => percent(change)), key ? make("small", "", () => t(key)) : "");
  const row = make("tr", "", head, ...cells, told);
  row.dataset.name = name;
  row.dataset.verdict = verdict;
  return row;
}

function showNumbers(answer) {
  rows.replaceChildren(...(answer.rows ?? []).map(fillRow));
  const minutes = () => fill("time.minutes", { n: number(answer.minutes, { maximumFractionDigits: 1 }) });
  const fights = () => (answer.source === "recorded" ? plural("rehearsal.recorded", answer.fights) : plural("rehearsal.made_up", answer.fights));
  const live = () => (answer.live ? fill("rehearsal.release", { n: answer.live }) : t("release.native"));
  setStatus(numbersStatus, "good", () => fill("rehearsal.source", { minutes: minutes(), fights: fights(), live: live() }));
}

/** Asks the server what would have been otherwise. */
async function count() {
  clearTimeout(numbersTimer);
  const script = draft();
  if (panel.hidden || script === counted) return;
  asking?.abort();
  const turn = new AbortController();
  asking = turn;
  setStatus(numbersStatus, "busy", () => t("rehearsal.counting"));
  try {
    const answer = await post("/api/rehearse", { script }, turn.signal);
    if (turn.signal.aborted) return;
    counted = script;
    showNumbers(answer);
  } catch (error) {
    if (error.name === "AbortError" || turn.signal.aborted) return;
    counted = null;
    rows.replaceChildren();
    const why = () => (error.status === 422 ? t("rehearsal.refused") : error.message);
    setStatus(numbersStatus, "bad", () => fill("rehearsal.no_numbers", { why: why() }));
  }
}

function countSoon() {
  clearTimeout(numbersTimer);
  if (!panel.hidden) numbersTimer = setTimeout(count, NUMBERS_DELAY_MS);
}

/** Something else stands in the editor. */
function edited() {
  if (panel.hidden || draft() === counted) return;
  clearTimeout(numbersTimer);
  asking?.abort();
  if (counted !== null) setStatus(numbersStatus, "waiting", () => t("rehearsal.stale"));
}

function toggle(open) {
  panel.hidden = !open;
  opener.setAttribute("aria-expanded", String(open));
  if (!open) return end();
  // Two panels beside the editor need a wide screen.
  if (innerWidth < WIDE && !byId("sheet").hidden) byId("help").click();
  counted = null;
  restart();
  count();
}

function table() {
  const head = make("tr");
  for (const [title, kind] of [["", ""], ["rehearsal.live", "number"], ["rehearsal.draft", "number"], ["rehearsal.change", "number"]]) {
    const cell = make("th", kind, title ? () => t(title) : make("span", "visually-hidden", () => t("rehearsal.number")));
    cell.scope = "col";
    head.append(cell);
  }
  const element = make("table", "", make("thead", "", head), rows);
  element.id = "rehearsal-numbers";
  return element;
}

/** Puts the panel beside the editor. */
export function startRehearsal() {
  panel.id = "rehearsal";
  panel.hidden = true;
  panel.tabIndex = -1;
  setAttribute(panel, "aria-label", () => t("rehearsal.title"));
  stage.id = "rehearsal-stage";
  frameStatus.id = "rehearsal-state";
  numbersStatus.id = "rehearsal-source";
  for (const status of [frameStatus, numbersStatus]) status.setAttribute("role", "status");
  opener.id = "rehearse";
  opener.setAttribute("aria-controls", panel.id);
  opener.setAttribute("aria-expanded", "false");
  bots.inputMode = "numeric";
  const again = button(() => t("rehearsal.restart"), "quiet", restart);
  const close = button(() => t("close"), "quiet close", () => {
    toggle(false);
    opener.focus();
  });
  const tools = make("div", "row", field(() => t("rehearsal.bots"), bots), field(() => t("rehearsal.skill"), skill), again, close);
  panel.append(tools, stage, frameStatus, make("h3", "", () => t("rehearsal.heading")), numbersStatus, table());
  byId("work").append(panel);
  byId("help").before(opener);
  byId("help").addEventListener("click", () => {
    if (innerWidth < WIDE && !byId("sheet").hidden && !panel.hidden) toggle(false);
  });
  for (const control of [bots, skill]) control.addEventListener("change", send);
  addEventListener("message", hear);
  // The game takes the language when it starts.
  onLanguage(() => frame && restart());
  addEventListener("hotswap-edited", () => {
    sendSoon();
    edited();
  });
  addEventListener("hotswap-checked", countSoon);
}
