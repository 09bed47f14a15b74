// The accounts: who may come in, as what. Only admins see this.

import { get, post } from "./api.js";
import { byId, make, setAttribute, toast } from "./dom.js";
import { fill, t } from "./i18n.js";
import { me, roleName } from "./me.js";
import { button, cell, choice, field, input, moment, openView, table } from "./view.js";

const ROLES = [
  ["viewer", () => t("role.viewer.long")],
  ["publisher", () => t("role.publisher.long")],
  ["admin", () => t("role.admin.long")],
];
const SHORT = ROLES.map(([role]) => [role, () => roleName(role)]);

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
  const more = { minLength: 10, required: true, autocomplete: "new-password", placeholder: () => t("operators.new_password") };
  const password = input("new-password", "password", more);
  setAttribute(password, "aria-label", () => fill("operators.password_of", { name }));
  const form = make("form", "inline", password, button(() => t("operators.set"), "primary", null), button(() => t("cancel"), "quiet", refresh));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change(name, { password: password.value }, fill("operators.password_set", { name }));
  });
  place.replaceChildren(form);
  password.focus();
}

function rowOf(operator) {
  const { name, disabled } = operator;
  const role = choice("", SHORT, operator.role);
  setAttribute(role, "aria-label", () => fill("operators.role_of", { name }));
  role.addEventListener("change", () => change(name, { role: role.value }, fill("operators.role_set", { name, role: roleName(role.value) })));
  const acts = make("td", "actions");
  const shut = button(() => t(disabled ? "operators.enable" : "operators.disable"), "quiet", () =>
    change(name, { disabled: !disabled }, fill(disabled ? "operators.is_enabled" : "operators.is_disabled", { name })),
  );
  acts.append(button(() => t("operators.reset"), "quiet", () => askPassword(acts, name)), " ", shut);
  const title = make("b", "", name);
  const who = cell("", title, name === me.operator ? make("span", "chip", () => t("operators.you")) : "", disabled ? make("span", "badge", () => t("operators.disabled")) : "");
  const row = make("tr", "", who, cell("", role), cell(() => t("operators.last_login_of"), () => moment(operator.last_login_ms)), acts);
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
  const form = make("form", "add", field(() => t("name"), name), field(() => t("door.password"), password, () => t("password.length")));
  form.append(field(() => t("role"), role), button(() => t("operators.add"), "primary", null));
  form.id = "operator-form";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await post("/api/operators", { name: name.value.trim(), password: password.value, role: role.value });
      toast(fill("operators.added", { name: name.value.trim() }), "good");
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
  const empty = make("p", "empty", () => t("operators.empty"));
  empty.id = "operators-empty";
  const headings = [() => t("name"), () => t("role"), () => t("operators.last_login"), ""];
  openView("operators", () => t("menu.operators"), [], adder(), table("operators-table", ...headings), empty);
  await refresh().catch((error) => toast(error.message, "bad"));
}
