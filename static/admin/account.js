// My account: password, tokens for scripts, and the way out everywhere.

import { get, post, remove } from "./api.js";
import { confirmed } from "./confirm.js";
import { byId, make, setText, toast } from "./dom.js";
import { fill, t } from "./i18n.js";
import { may, me, roleName } from "./me.js";
import { button, cell, choice, field, input, moment, openView, table } from "./view.js";

const ROLES = ["viewer", "publisher", "admin"];

function part(title, words, ...content) {
  return make("section", "part", make("h3", "", title), make("p", "muted", words), ...content);
}

async function attempt(act, done) {
  try {
    await act();
    if (done) toast(done, "good");
    return true;
  } catch (error) {
    toast(error.message, "bad");
    return false;
  }
}

function passwordPart() {
  const old = input("old-password", "password", { required: true, autocomplete: "current-password" });
  const fresh = input("fresh-password", "password", { required: true, minLength: 10, autocomplete: "new-password" });
  const form = make("form", "add", field(() => t("password.old"), old), field(() => t("password.new"), fresh, () => t("password.length")));
  form.append(button(() => t("password.change"), "primary", null));
  form.id = "password-form";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { old_password: old.value, new_password: fresh.value };
    if (await attempt(() => post("/api/me/password", body), t("password.changed"))) form.reset();
  });
  return part(() => t("door.password"), () => t("password.lead"), form);
}

async function revoke({ id, name }) {
  const title = () => fill("tokens.revoke_it", { name });
  if (!(await confirmed(title, () => t("tokens.revoke_text"), () => t("tokens.revoke")))) return;
  // The rows below are about to move up: until they have, a click would hit another one.
  const buttons = byId("tokens-table").querySelectorAll("button");
  for (const other of buttons) other.disabled = true;
  if (await attempt(() => remove(`/api/tokens/${id}`), fill("tokens.revoked", { name }))) await attempt(refresh);
  for (const other of buttons) other.disabled = false;
}

function tokenRow(token) {
  const act = button(() => t("tokens.revoke"), "quiet", () => revoke(token));
  const used = () => (token.last_used_ms ? fill("tokens.used", { when: moment(token.last_used_ms) }) : t("tokens.unused"));
  const acts = make("td", "actions", act);
  const row = make("tr", "", cell("", make("b", "", token.name)), cell(() => t("tokens.of"), token.operator), cell("", () => roleName(token.role)), cell("", used), acts);
  row.dataset.token = token.id;
  return row;
}

async function refresh() {
  const answer = await get("/api/tokens");
  byId("tokens-table").tBodies[0].replaceChildren(...answer.tokens.map(tokenRow));
  byId("tokens-table").hidden = answer.tokens.length === 0;
}

function tokenPart() {
  const name = input("token-name", "text", { required: true, maxLength: 40, placeholder: "ci" });
  const role = choice("token-role", ROLES.filter(may).map((role) => [role, () => roleName(role)]));
  const made = make("output", "secret");
  made.id = "made-token";
  made.hidden = true;
  const form = make("form", "add", field(() => t("name"), name), field(() => t("role"), role), button(() => t("tokens.make"), "primary", null));
  form.id = "token-form";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await attempt(async () => {
      const answer = await post("/api/tokens", { name: name.value.trim(), role: role.value });
      setText(made, answer.token);
      made.hidden = false;
      form.reset();
    }, t("tokens.copy"));
    await refresh();
  });
  const own = me.operator ? [form, made] : [make("p", "muted", () => t("tokens.nobody"))];
  const headings = [() => t("name"), () => t("operator"), () => t("role"), () => t("tokens.last_used"), ""];
  return part(() => t("tokens.title"), () => t("tokens.lead"), ...own, table("tokens-table", ...headings));
}

/** Opens the account; `leave()` is called after logging out everywhere. */
export async function openAccount(leave) {
  const everywhere = button(() => t("account.log_out"), "", async () => {
    if (await attempt(() => post("/api/logout_everywhere"))) leave();
  });
  everywhere.id = "logout-everywhere";
  const role = make("p", "chip", () => (me.by === "server_token" ? t("account.server_token") : roleName(me.role)));
  const parts = me.operator ? [passwordPart()] : [];
  const out = part(() => t("account.sessions"), () => t("account.log_out_lead"), everywhere);
  openView("account", me.name, [role], ...parts, tokenPart(), out);
  await refresh().catch((error) => toast(error.message, "bad"));
}
