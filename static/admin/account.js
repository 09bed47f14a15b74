// My account: password, tokens for scripts, and the way out everywhere.

import { get, post, remove } from "./api.js";
import { byId, make, setText, toast } from "./dom.js";
import { may, me } from "./me.js";
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
  const form = make("form", "add", field("Old password", old), field("New password", fresh, "10 characters or more"), button("Change", "primary", null));
  form.id = "password-form";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { old_password: old.value, new_password: fresh.value };
    if (await attempt(() => post("/api/me/password", body), "The password is changed; all other sessions have ended")) form.reset();
  });
  return part("Password", "Changing it ends all sessions but this one. Tokens stay.", form);
}

function tokenRow(token) {
  const revoke = button("Revoke", "quiet", async () => {
    if (await attempt(() => remove(`/api/tokens/${token.id}`), `${token.name} is revoked`)) refresh();
  });
  const used = token.last_used_ms ? `used ${moment(token.last_used_ms)}` : "never used";
  const acts = make("td", "actions", revoke);
  const row = make("tr", "", cell("", make("b", "", token.name)), cell("of", token.operator), cell("", token.role), cell("", used), acts);
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
  const role = choice("token-role", ROLES.filter(may).map((role) => [role, role]));
  const made = make("output", "secret");
  made.id = "made-token";
  made.hidden = true;
  const form = make("form", "add", field("Name", name), field("Role", role), button("Make a token", "primary", null));
  form.id = "token-form";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await attempt(async () => {
      const answer = await post("/api/tokens", { name: name.value.trim(), role: role.value });
      setText(made, answer.token);
      made.hidden = false;
      form.reset();
    }, "Copy the token now: it is shown only this once");
    await refresh();
  });
  const words = "For scripts: send “Authorization: Bearer TOKEN”. A token can do no more than you.";
  const own = me.operator ? [form, made] : [make("p", "muted", "The server's own token belongs to nobody: make an account first.")];
  return part("Tokens", words, ...own, table("tokens-table", "Name", "Operator", "Role", "Last used", ""));
}

/** Opens the account; `leave()` is called after logging out everywhere. */
export async function openAccount(leave) {
  const everywhere = button("Log out everywhere", "", async () => {
    if (await attempt(() => post("/api/logout_everywhere"))) leave();
  });
  everywhere.id = "logout-everywhere";
  const role = make("p", "chip", me.by === "server_token" ? "the server's own token" : me.role);
  const parts = me.operator ? [passwordPart()] : [];
  const out = part("Sessions", "Ends every session of yours, in all browsers, this one included.", everywhere);
  openView("account", me.name, [role], ...parts, tokenPart(), out);
  await refresh().catch((error) => toast(error.message, "bad"));
}
