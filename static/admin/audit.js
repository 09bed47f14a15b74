// Who did what, when, from where and why. It only grows.

import { at, get, turns } from "./api.js";
import { byId, make, setAttribute, toast } from "./dom.js";
import { fill, t } from "./i18n.js";
import { button, cell, choice, input, moment, openView, table } from "./view.js";

const WORDS = {
  publish: "audit.publish",
  roll_back: "audit.roll_back",
  canary: "audit.canary",
  widen: "audit.widen",
  stop: "audit.stop",
  schedule: "audit.schedule",
  schedule_published: "audit.schedule_published",
  schedule_cancelled: "audit.schedule_cancelled",
  schedule_failed: "audit.schedule_failed",
  safe_mode: "audit.safe_mode",
  set: "audit.set",
  log_in: "audit.log_in",
  log_in_failed: "audit.log_in_failed",
  lock_out: "audit.lock_out",
  log_out_everywhere: "audit.log_out_everywhere",
  operator_added: "audit.operator_added",
  role_changed: "audit.role_changed",
  operator_disabled: "audit.operator_disabled",
  operator_enabled: "audit.operator_enabled",
  password_changed: "audit.password_changed",
  password_reset: "audit.password_reset",
  token_made: "audit.token_made",
  token_revoked: "audit.token_revoked",
  mute: "audit.mute",
  unmute: "audit.unmute",
  kick: "audit.kick",
  ban: "audit.ban",
  unban: "audit.unban",
  vote_kick: "audit.vote_kick",
  set_words: "audit.set_words",
};

let next = null;
/** An answer that was overtaken is not shown. */
const asking = turns();

function rowOf(entry) {
  const what = make("b", "", () => (WORDS[entry.action] ? t(WORDS[entry.action]) : entry.action.replaceAll("_", " ")));
  const detail = [entry.release ? `#${entry.release}` : "", entry.detail].filter(Boolean).join(" ");
  const row = make("tr", "", cell("", () => moment(entry.at_ms)), cell("", entry.who), cell("", what), cell("", detail));
  row.append(cell(() => t("audit.why_of"), entry.note), cell(() => t("audit.from_of"), entry.address ?? ""));
  row.dataset.action = entry.action;
  return row;
}

async function page(first) {
  const isNewest = asking();
  const query = new URLSearchParams({ limit: "100", who: byId("audit-who").value.trim(), action: byId("audit-action").value });
  if (!first && next) query.set("before", next);
  const answer = await get(`/api/audit?${query}`);
  if (!isNewest()) return;
  next = answer.next;
  const body = byId("audit-table").tBodies[0];
  if (first) body.replaceChildren();
  body.append(...answer.entries.map(rowOf));
  byId("audit-more").hidden = !next;
  byId("audit-empty").hidden = body.children.length > 0;
}

const ask = (first) => page(first).catch((error) => toast(fill("audit.unread", { why: error.message }), "bad"));

/** Opens the audit log. */
export async function openAudit() {
  const who = input("audit-who", "search", { placeholder: () => t("audit.who") });
  setAttribute(who, "aria-label", () => t("audit.only_who"));
  const action = choice("audit-action", [["", () => t("audit.everything")], ...Object.entries(WORDS).map(([action, key]) => [action, () => t(key)])]);
  setAttribute(action, "aria-label", () => t("audit.only_action"));
  const save = make("a", "button", () => t("audit.export"));
  save.id = "export";
  save.href = at("/api/export");
  save.download = "hotswap-history.json";
  setAttribute(save, "title", () => t("audit.export_hint"));
  const older = button(() => t("older"), "quiet", () => ask(false));
  older.id = "audit-more";
  const empty = make("p", "empty", () => t("audit.empty"));
  empty.id = "audit-empty";
  const headings = [() => t("when"), () => t("audit.who"), () => t("audit.what"), () => t("audit.detail"), () => t("audit.why"), () => t("audit.from")];
  openView("audit", () => t("menu.audit"), [who, action, save], table("audit-table", ...headings), empty, older);
  who.addEventListener("input", () => ask(true));
  action.addEventListener("change", () => ask(true));
  await ask(true);
}
