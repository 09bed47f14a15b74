// Who did what, when, from where and why. It only grows.

import { at, get } from "./api.js";
import { byId, make, toast } from "./dom.js";
import { button, cell, choice, input, moment, openView, table } from "./view.js";

const WORDS = {
  publish: "published",
  roll_back: "taken back",
  canary: "published to some rooms",
  widen: "to more rooms",
  stop: "roll-out stopped",
  schedule: "scheduled",
  schedule_published: "scheduled one published",
  schedule_cancelled: "schedule cancelled",
  schedule_failed: "scheduled one failed",
  safe_mode: "safe mode",
  set: "setting changed",
  log_in: "logged in",
  log_in_failed: "login failed",
  lock_out: "locked out",
  log_out_everywhere: "logged out everywhere",
  operator_added: "operator added",
  role_changed: "role changed",
  operator_disabled: "operator disabled",
  operator_enabled: "operator enabled",
  password_changed: "password changed",
  password_reset: "password reset",
  token_made: "token made",
  token_revoked: "token revoked",
};

let next = null;
/** Counts the questions: an answer that was overtaken is not shown. */
let asked = 0;

function rowOf(entry) {
  const what = make("b", "", WORDS[entry.action] ?? entry.action.replaceAll("_", " "));
  const detail = [entry.release ? `#${entry.release}` : "", entry.detail].filter(Boolean).join(" ");
  const row = make("tr", "", cell("", moment(entry.at_ms)), cell("", entry.who), cell("", what), cell("", detail));
  row.append(cell("why", entry.note), cell("from", entry.address ?? ""));
  row.dataset.action = entry.action;
  return row;
}

async function page(first) {
  const turn = ++asked;
  const query = new URLSearchParams({ limit: "100", who: byId("audit-who").value.trim(), action: byId("audit-action").value });
  if (!first && next) query.set("before", next);
  const answer = await get(`/api/audit?${query}`);
  if (turn !== asked) return;
  next = answer.next;
  const body = byId("audit-table").tBodies[0];
  if (first) body.replaceChildren();
  body.append(...answer.entries.map(rowOf));
  byId("audit-more").hidden = !next;
  byId("audit-empty").hidden = body.children.length > 0;
}

const ask = (first) => page(first).catch((error) => toast(`The audit log could not be read: ${error.message}`, "bad"));

/** Opens the audit log. */
export async function openAudit() {
  const who = input("audit-who", "search", { placeholder: "Who" });
  who.setAttribute("aria-label", "Only what those did whose name has this in it");
  const action = choice("audit-action", [["", "Everything"], ...Object.entries(WORDS)]);
  action.setAttribute("aria-label", "Only this");
  const save = make("a", "button", "Export");
  save.id = "export";
  save.href = at("/api/export");
  save.download = "hotswap-history.json";
  save.title = "All releases with their scripts, and this log, as JSON";
  const older = button("Load older ones", "quiet", () => ask(false));
  older.id = "audit-more";
  const empty = make("p", "empty", "Nothing of the kind has happened.");
  empty.id = "audit-empty";
  openView("audit", "Audit log", [who, action, save], table("audit-table", "When", "Who", "What", "Detail", "Why", "From"), empty, older);
  who.addEventListener("input", () => ask(true));
  action.addEventListener("change", () => ask(true));
  await ask(true);
}
