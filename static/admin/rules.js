// The rules panel: which script is in the editor, whether it is sound, and publishing it.

import { get, post, turns } from "./api.js";
import { confirmed } from "./confirm.js";
import { askAboutConflict } from "./conflict.js";
import { byId, nextVersion, setStatus, setText, toast } from "./dom.js";
import { Editor } from "./editor.js";
import { fillSheet } from "./hooks.js";
import { fill, number as localNumber, plural, t } from "./i18n.js";
import { showTuning, startTuning, toggleTuning } from "./tuning.js";
import { resetWish, startRollouts, wish, wishIsPlain, wishWords } from "./rollouts.js";

const CHECK_DELAY_MS = 450;
const DRAFT = "hotswap.admin.draft";

const status = byId("script-status");
const errorLine = byId("error-line");
const version = byId("version");
const publishButton = byId("publish");
const notice = byId("notice");

/** Release in force: number, version, script. */
let live = { number: null, version: "", script: "" };
/** What the editor's text came from. */
let base = { number: null, version: "", script: "" };
/** Number of the live release that the operator knows of: what they publish replaces it and nothing newer. */
let known = null;
let versionTouched = false;
let publishing = false;
let checking = null;
let checkTimer = 0;
let players = 0;
/** What was asked for last is loaded, however long another answer takes. */
const loading = turns();

const editor = new Editor({ change, check: () => check(), publish: () => byId("publish-form").requestSubmit() });

/** The editor holds something that is neither published nor loaded. */
export function isDirty() {
  return editor.text !== base.script;
}

export function setPlayers(number) {
  players = number;
  describePublish();
}

/** Takes over GET /api/config at the start, and again after every change of the live release. */
export function takeConfig(config) {
  const release = config.release ?? {};
  const number = release.number ?? null;
  const first = live.number === null;
  const changed = number !== live.number;
  live = { number, version: release.version ?? config.version ?? "", script: config.script ?? "" };
  if (first) {
    load(live);
    restoreDraft();
  } else if (changed && number !== base.number) {
    if (isDirty() || base.script === live.script) warnOfOther();
    else {
      load(live);
      toast(fill("rules.loaded_live", { release: label(live) }));
    }
  }
  suggestVersion();
  describe();
}

/** Asks for the live release when the list of releases names another one. */
export function liveNumberIs(number, refresh) {
  if (live.number !== null && number !== null && number !== live.number && !publishing) refresh();
}

function label(release) {
  return release.number ? fill("release.name", { n: release.number, version: release.version }) : t("release.native");
}

function load(release) {
  base = { ...release };
  known = live.number;
  editor.load(release.script);
  notice.hidden = true;
  clearTimeout(checkTimer);
  checking?.abort();
  const isLive = release.number === live.number;
  setStatus(status, "idle", () => (isLive ? t("rules.is_live") : fill("rules.loaded", { release: label(release) })));
  errorLine.hidden = true;
  storeDraft();
  describe();
  dispatchEvent(new CustomEvent("hotswap-edited"));
}

function warnOfOther() {
  if (editor.text === live.script) {
    base = { ...live };
    known = live.number;
    return;
  }
  const other = live;
  setText(byId("notice-text"), () => fill("rules.other_live", { release: label(other) }));
  notice.hidden = false;
}

function change() {
  storeDraft();
  describe();
  dispatchEvent(new CustomEvent("hotswap-edited"));
  errorLine.hidden = true;
  clearTimeout(checkTimer);
  checking?.abort();
  if (!isDirty()) {
    const [same, isLive] = [base, base.number === live.number];
    setStatus(status, "idle", () => (isLive ? t("rules.is_live") : fill("rules.same_as", { release: label(same) })));
    return;
  }
  setStatus(status, "waiting", () => t("rules.edited"));
  checkTimer = setTimeout(check, CHECK_DELAY_MS);
}

function originWords() {
  const release = label(base);
  const words = base.number === live.number ? release : fill("rules.not_live", { release });
  return isDirty() ? fill("rules.origin_edited", { release: words }) : words;
}

function describe() {
  const origin = byId("origin");
  const isLive = base.number === live.number;
  setText(origin, originWords);
  origin.dataset.state = isDirty() ? "edited" : isLive ? "live" : "old";
  byId("revert").disabled = editor.text === live.script;
  showTuning();
  describePublish();
}

function describePublish() {
  const same = editor.text === live.script;
  const plain = wishIsPlain();
  const wanted = wishWords();
  setText(publishButton, () => (plain && players > 0 ? plural("publish.to_players", players) : t("publish")));
  const hint = () => (plain ? t(same ? "publish.same" : "publish.hint") : fill("publish.then", { wish: wanted() }));
  setText(byId("publish-hint"), hint);
}

function suggestVersion() {
  if (!versionTouched) version.value = nextVersion(live.version);
}

/** Shows what is wrong with the script, or why it was refused; true when it is about the script at all. */
function showRefusal(error, refused) {
  if (error.status !== 422) return false;
  const { message, line, column } = { message: error.message, ...error.body };
  editor.mark({ line, column, message });
  setStatus(status, "bad", () => (refused ? fill("rules.refused", { why: message }) : message));
  errorLine.hidden = !line;
  if (line) {
    errorLine.dataset.line = line;
    errorLine.dataset.column = column ?? 1;
    setText(errorLine, () => fill(column ? "rules.place" : "rules.line", { line, column }));
  }
  return true;
}

/** What a draft costs more or less than the live rules. */
function describeCost(change) {
  const percent = Math.round(Math.abs(change) * 100);
  if (percent === 0) return t("rules.cost_same");
  return fill(change > 0 ? "rules.cost_more" : "rules.cost_less", { percent: localNumber(percent) });
}

function describeReport(report) {
  if (!report?.ticks) return t("rules.no_problems");
  const ticks = plural("rules.fought", report.ticks);
  const recorded = report.recorded_fights ? plural("rules.fought_recorded", report.recorded_fights, { fight: ticks }) : ticks;
  const parts = [recorded];
  const { operations_per_tick: draft, live_operations_per_tick: live } = report;
  if (draft !== undefined) {
    parts.push(fill("rules.cost", { n: localNumber(draft, { maximumFractionDigits: draft < 10 ? 1 : 0 }) }));
    if (live) parts.push(describeCost(draft / live - 1));
  }
  const warnings = (report.warnings ?? []).map((warning) => ` ${fill("line.says", warning)}.`);
  return `${fill("sentence", { words: parts.join(t("list")) })}${warnings.join("")}`;
}

async function check() {
  clearTimeout(checkTimer);
  checking?.abort();
  const turn = new AbortController();
  checking = turn;
  const script = editor.text;
  setStatus(status, "busy", () => t("rules.checking"));
  try {
    const answer = await post("/api/check_script", { script }, turn.signal);
    if (turn.signal.aborted || script !== editor.text) return;
    editor.mark(null);
    errorLine.hidden = true;
    setStatus(status, "good", () => describeReport(answer.report));
    dispatchEvent(new CustomEvent("hotswap-checked", { detail: answer.report?.hooks }));
  } catch (error) {
    if (error.name === "AbortError" || turn.signal.aborted) return;
    if (!showRefusal(error, false)) setStatus(status, "idle", () => fill("rules.unchecked", { why: error.message }));
  }
}

async function publish(event) {
  event.preventDefault();
  if (publishing) return;
  publishing = true;
  publishButton.disabled = true;
  clearTimeout(checkTimer);
  checking?.abort();
  const script = editor.text;
  const request = { script, version: version.value.trim(), note: byId("note").value.trim(), ...wish() };
  if (known !== null) request.based_on = known;
  // The form may ask for something else by the time the answer is here.
  const [isPlain, wanted] = [wishIsPlain(), wishWords()];
  let again = false;
  setStatus(status, "busy", () => t("rules.publishing"));
  try {
    const answer = await post("/api/update_script", request);
    const number = answer.release?.number ?? answer.release ?? null;
    const published = { number, version: request.version, script };
    if (isPlain) live = published;
    base = number === null ? { ...live, script } : { ...published };
    // What goes to some rooms only, or later, is not what is in force.
    if (number !== null && isPlain) known = number;
    if (version.value.trim() === request.version) versionTouched = false;
    if (byId("note").value.trim() === request.note) byId("note").value = "";
    notice.hidden = true;
    errorLine.hidden = true;
    if (editor.text === script) editor.mark(null);
    suggestVersion();
    storeDraft();
    const tick = answer.activate_tick;
    const where = isPlain ? t("publish.everyone") : wanted();
    const done = () => {
      const release = label(published);
      return tick ? fill("publish.done_at", { release, tick: localNumber(tick) }) : fill("publish.done", { release });
    };
    if (number === null) setStatus(status, "good", () => fill("publish.scheduled", { wish: wanted() }));
    else setStatus(status, "live", done);
    const told = number === null ? fill("publish.scheduled_for", { where }) : fill("publish.on_its_way", { release: label(published), where });
    toast(told, "good");
    if (request.at_ms !== undefined) resetWish();
  } catch (error) {
    if (showRefusal(error, true)) {
      if (error.body.line) editor.reveal(error.body.line);
    } else if (error.status === 409) {
      setStatus(status, "bad", () => error.message);
      again = await settle(error.body, script);
    } else {
      const why = () => fill("publish.failed", { why: error.message });
      setStatus(status, "bad", why);
      toast(why(), "bad");
    }
  } finally {
    publishing = false;
    publishButton.disabled = false;
    describe();
  }
  if (again) byId("publish-form").requestSubmit();
}

/** Somebody else was faster: lets the operator look and decide; true to publish all the same. */
async function settle(answer, script) {
  const choice = await askAboutConflict(answer, script);
  const config = await get("/api/config").catch(() => null);
  if (config) takeConfig(config);
  if (choice === "load") await loadRelease(answer.live);
  if (choice === "publish") known = answer.live;
  return choice === "publish";
}

/** Asks before something that is not published gets lost; `target()` is what would replace it. */
async function mayReplace(target) {
  const text = () => fill("discard.text", { base: label(base), target: target() });
  return !isDirty() || confirmed(() => t("discard.title"), text, () => t("discard.load"), () => t("keep_editing"));
}

/** Loads an earlier release into the editor. */
export async function loadRelease(number) {
  const isNewest = loading();
  try {
    const release = number === live.number ? live : await get(`/api/releases/${number}`);
    if (!isNewest()) return;
    const loaded = { number, version: release.version ?? "", script: release.script ?? release.release?.script ?? "" };
    if (!(await mayReplace(() => label(loaded)))) return;
    load(loaded);
    byId("script").focus();
  } catch (error) {
    toast(fill("releases.not_loaded", { n: number, why: error.message }), "bad");
  }
}

async function revert() {
  loading();
  if (await mayReplace(() => fill("discard.live", { release: label(live) }))) load(live);
}

// A draft survives a reload of this tab; it is of no use to another one.
function storeDraft() {
  try {
    if (isDirty()) sessionStorage.setItem(DRAFT, JSON.stringify({ text: editor.text, base: base.number, known }));
    else sessionStorage.removeItem(DRAFT);
  } catch {
    // Storage is full or forbidden: the draft lives in the editor only.
  }
}

function restoreDraft() {
  try {
    const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
    if (!draft || draft.text === base.script) return;
    editor.load(draft.text);
    known = draft.known ?? draft.base;
    change();
    toast(t("rules.restored"));
    if (draft.base !== live.number) warnOfOther();
  } catch {
    // No draft that could be read.
  }
}

function toggleSheet(open) {
  if (open) toggleTuning(false);
  byId("sheet").hidden = !open;
  byId("help").setAttribute("aria-expanded", String(open));
}

/** Connects the panel to its buttons. */
export function startRules() {
  fillSheet(byId("sheet"), (code) => editor.append(code));
  toggleSheet(innerWidth >= 1600);
  byId("help").addEventListener("click", () => toggleSheet(byId("sheet").hidden));
  startTuning({ text: () => editor.text, edit: (change) => editor.edit(change) }, () => toggleSheet(false));
  startRollouts(describePublish);
  byId("check").addEventListener("click", () => check());
  byId("publish-form").addEventListener("submit", publish);
  byId("revert").addEventListener("click", revert);
  byId("notice-load").addEventListener("click", revert);
  byId("notice-keep").addEventListener("click", () => {
    notice.hidden = true;
    known = live.number;
    storeDraft();
  });
  version.addEventListener("input", () => (versionTouched = version.value.trim() !== ""));
  errorLine.addEventListener("click", () => editor.goTo(Number(errorLine.dataset.line), Number(errorLine.dataset.column)));
  addEventListener("beforeunload", (event) => isDirty() && event.preventDefault());
}
