// The accounts: who may come in, as what. Only admins see this.

import { get, post } from "./api.js";
import { byId, make, toast } from "./dom.js";
import { me } from "./me.js";
import { button, cell, choice, field, input, moment, openView, table } from "./view.js";

const ROLES = [
  ["viewer", "viewer: sees everything"],
  ["publisher", "publisher: also publishes and rolls back"],
  ["admin", "admin: also manages operators"],
];
const SHORT = ROLES.map(([role]) => [role, role]);

async function change(name, body, done) {
  try {
    await post(`/api/operators/${encodeURIComponent(name)}`, body);
    toast(done, "good");
  } catch (error) {
    toast(error.message, "bad");
  }
  await refresh();
}

/** Asks for a new password in the row itself. */
function askPassword(place, name) {
  const password = input("new-password", "password", { minLength: 10, required: true, autocomplete: "new-password", placeholder: "New password, 10 or more" });
  password.setAttribute("aria-label", `New password of ${name}`);
  const form = make("form", "inline", password, button("Set", "primary", null), button("Cancel", "quiet", refresh));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change(name, { password: password.value }, `${name} has a new password and is logged out everywhere`);
  });
  place.replaceChildren(form);
  password.focus();
}

function rowOf(operator) {
  const { name, disabled } = operator;
  const role = choice("", SHORT, operator.role);
  role.setAttribute("aria-label", `Role of ${name}`);
  role.addEventListener("change", () => change(name, { role: role.value }, `${name} is a ${role.value} now`));
  const acts = make("td", "actions");
  const shut = button(disabled ? "Enable" : "Disable", "quiet", () =>
    change(name, { disabled: !disabled }, `${name} is ${disabled ? "enabled" : "disabled and logged out"}`),
  );
  acts.append(button("Reset password", "quiet", () => askPassword(acts, name)), " ", shut);
  const title = make("b", "", name);
  const who = cell("", title, name === me.operator ? make("span", "chip", "you") : "", disabled ? make("span", "badge", "disabled") : "");
  const row = make("tr", "", who, cell("", role), cell("last login", moment(operator.last_login_ms)), acts);
  row.dataset.operator = name;
  row.dataset.disabled = String(disabled);
  return row;
}

async function refresh() {
  const answer = await get("/api/operators");
  byId("operators-table").tBodies[0].replaceChildren(...answer.operators.map(rowOf));
  byId("operators-empty").hidden = answer.operators.length > 0;
}

function adder() {
  const name = input("operator-name", "text", { required: true, maxLength: 40, placeholder: "ada" });
  const password = input("operator-password", "password", { required: true, minLength: 10, autocomplete: "new-password" });
  const role = choice("operator-role", ROLES);
  const form = make("form", "add", field("Name", name), field("Password", password, "10 characters or more"), field("Role", role));
  form.append(button("Add operator", "primary", null));
  form.id = "operator-form";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post("/api/operators", { name: name.value.trim(), password: password.value, role: role.value });
      toast(`${name.value.trim()} can log in now`, "good");
      form.reset();
      await refresh();
    } catch (error) {
      toast(error.message, "bad");
    }
  });
  return form;
}

/** Opens the list of accounts. */
export async function openOperators() {
  const empty = make("p", "empty", "Nobody has an account yet.");
  empty.id = "operators-empty";
  openView("operators", "Operators", [], adder(), table("operators-table", "Name", "Role", "Last login", ""), empty);
  await refresh().catch((error) => toast(error.message, "bad"));
}
