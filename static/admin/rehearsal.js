// Rehearsing a draft before anybody plays by it: the game itself in a frame, with bots, on what stands in the editor, and
// what the last recorded fights would have become, in numbers.

import { at, post } from "./api.js";
import { byId, make, setStatus, setText } from "./dom.js";
import { button, choice, field, input } from "./view.js";

const SEND_DELAY_MS = 500;
const NUMBERS_DELAY_MS = 900;
const READY_WITHIN_MS = 10000;
const SKILLS = [["easy", "Easy"], ["normal", "Normal"], ["hard", "Hard"], ["mixed", "Mixed"]];
const MAX_BOTS = 15;
const WIDE = 1600;

const panel = make("aside");
const stage = make("div");
const frameStatus = make("p", "", "");
const numbersStatus = make("p", "muted", "");
const rows = make("tbody");
const opener = button("Rehearse", "quiet", () => toggle(panel.hidden));
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
  frame.title = "The draft, played with bots";
  frame.src = at("/?rehearse");
  stage.replaceChildren(frame);
  setStatus(frameStatus, "busy", "Starting the game…");
  waitTimer = setTimeout(() => {
    setStatus(frameStatus, "bad", "The game in this panel does not answer. Restart it, or look at the numbers below.");
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
    setStatus(frameStatus, "busy", "The game is ready…");
    send();
  } else if (state === "running") {
    setStatus(frameStatus, "good", "Playing the draft. Click into the game to fight.");
  } else if (state === "failed") {
    const where = error?.line ? `Line ${error.line}: ` : "";
    setStatus(frameStatus, "bad", `${where}${error?.message ?? "The draft does not run."} The game goes on with what ran before.`);
  }
}

const WORDS = { same: "", more: "more", less: "less", "much more": "much more", "much less": "much less", new: "new", gone: "gone" };

const shown = (number) => (number === null || number === undefined ? "–" : number.toLocaleString("en", { maximumFractionDigits: number < 100 ? 2 : 0 }));

function percent(change) {
  if (change === null || change === undefined) return "";
  if (change === 0) return "same";
  const digits = Math.abs(change) < 10 ? 1 : 0;
  return `${change > 0 ? "+" : "−"}${Math.abs(change).toLocaleString("en", { maximumFractionDigits: digits })} %`;
}

function fillRow({ name, title, live, draft: wanted, change_percent: change, verdict }) {
  const head = make("th", "", title);
  head.scope = "row";
  const cells = [shown(live), shown(wanted)].map((text) => make("td", "number", text));
  const word = WORDS[verdict] ?? "";
  const told = make("td", "number change", make("span", "", percent(change)), word ? make("small", "", word) : "");
  const row = make("tr", "", head, ...cells, told);
  row.dataset.name = name;
  row.dataset.verdict = verdict;
  return row;
}

function showNumbers(answer) {
  rows.replaceChildren(...(answer.rows ?? []).map(fillRow));
  const plural = answer.fights === 1 ? "fight" : "fights";
  const minutes = `${answer.minutes.toLocaleString("en", { maximumFractionDigits: 1 })} min`;
  const kind = answer.source === "recorded" ? `${answer.fights} recorded ${plural}` : `${answer.fights} made-up ${plural}, as nothing is recorded yet`;
  const live = answer.live ? `release #${answer.live}` : "the native rules";
  setStatus(numbersStatus, "good", `${minutes} of ${kind}, by ${live} and by the draft.`);
}

/** Asks the server what would have been otherwise. */
async function count() {
  clearTimeout(numbersTimer);
  const script = draft();
  if (panel.hidden || script === counted) return;
  asking?.abort();
  const turn = new AbortController();
  asking = turn;
  setStatus(numbersStatus, "busy", "Playing the recorded fights…");
  try {
    const answer = await post("/api/rehearse", { script }, turn.signal);
    if (turn.signal.aborted) return;
    counted = script;
    showNumbers(answer);
  } catch (error) {
    if (error.name === "AbortError" || turn.signal.aborted) return;
    counted = null;
    rows.replaceChildren();
    setStatus(numbersStatus, "bad", error.status === 422 ? "No numbers: the draft does not pass its check." : `No numbers: ${error.message}`);
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
  if (counted !== null) setStatus(numbersStatus, "waiting", "Numbers of an earlier text; new ones come after the next check.");
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
  for (const [title, kind] of [["", ""], ["Live", "number"], ["Draft", "number"], ["Change", "number"]]) {
    const cell = make("th", kind, title || make("span", "visually-hidden", "Number"));
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
  panel.setAttribute("aria-label", "Rehearse");
  stage.id = "rehearsal-stage";
  frameStatus.id = "rehearsal-state";
  numbersStatus.id = "rehearsal-source";
  for (const status of [frameStatus, numbersStatus]) status.setAttribute("role", "status");
  opener.id = "rehearse";
  opener.setAttribute("aria-controls", panel.id);
  opener.setAttribute("aria-expanded", "false");
  bots.inputMode = "numeric";
  const again = button("Restart", "quiet", restart);
  const close = button("Close", "quiet close", () => {
    toggle(false);
    opener.focus();
  });
  const tools = make("div", "row", field("Bots", bots), field("Skill", skill), again, close);
  panel.append(tools, stage, frameStatus, make("h3", "", "What would have changed"), numbersStatus, table());
  byId("work").append(panel);
  byId("help").before(opener);
  byId("help").addEventListener("click", () => {
    if (innerWidth < WIDE && !byId("sheet").hidden && !panel.hidden) toggle(false);
  });
  for (const control of [bots, skill]) control.addEventListener("change", send);
  addEventListener("message", hear);
  addEventListener("hotswap-edited", () => {
    sendSoon();
    edited();
  });
  addEventListener("hotswap-checked", countSoon);
}
