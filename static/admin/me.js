// Who is logged in, and what that role may do. What it may not is shown and says why; the server refuses it anyway.

import { get } from "./api.js";
import { byId, make, setAttribute, setText, toast } from "./dom.js";
import { fill, t, written } from "./i18n.js";

const RANK = { viewer: 0, publisher: 1, admin: 2 };
const ROLES = { viewer: "role.viewer", publisher: "role.publisher", admin: "role.admin" };
// Titles of buttons, as they are for those who may press them.
const OWN_TITLES = new WeakMap();
const FORMS = { "publish-form": "publisher", "scene-form": "publisher" };

/** Who this is: name, role, by ("session", "server_token"), operator or null, first_run. */
export const me = { name: "", role: "viewer", by: "", operator: null, first_run: false };

/** Whether this role may do what needs `role`. */
export function may(role) {
  return (RANK[me.role] ?? 0) >= RANK[role];
}

/** What a role is called. */
export const roleName = (role) => (ROLES[role] ? t(ROLES[role]) : role);

/** Why not. */
export function whyNot(role) {
  return fill("role.needed", { needed: roleName(role), role: roleName(me.role) });
}

/** A button that only some may use. */
export function needs(button, role) {
  button.dataset.needs = role;
  showOne(button);
  return button;
}

function showOne(element) {
  const allowed = may(element.dataset.needs);
  element.setAttribute("aria-disabled", String(!allowed));
  if (!allowed) {
    if (!OWN_TITLES.has(element)) OWN_TITLES.set(element, written(element, "title"));
    setAttribute(element, "title", () => whyNot(element.dataset.needs));
  } else if (OWN_TITLES.has(element)) {
    setAttribute(element, "title", OWN_TITLES.get(element));
    OWN_TITLES.delete(element);
  }
}

function show() {
  document.body.dataset.role = me.role;
  setText(byId("who-name"), me.name);
  setText(byId("who-role"), () => (me.by === "server_token" ? t("role.server_token") : roleName(me.role)));
  for (const element of document.querySelectorAll("[data-needs]")) showOne(element);
  for (const [id, role] of Object.entries(FORMS)) {
    const fields = byId(id).querySelector("fieldset");
    fields.disabled = !may(role);
    fields.querySelector(".locked").hidden = may(role);
    setText(fields.querySelector(".locked"), () => fill("role.locked", { role: roleName(me.role) }));
  }
  byId("first-run").hidden = !(me.first_run && may("admin"));
}

/** Asks the server who this is. */
export async function loadMe() {
  Object.assign(me, await get("/api/me"));
  show();
}

/** Puts what needs a role behind it. */
export function startMe() {
  for (const id of Object.keys(FORMS)) {
    const fields = make("fieldset", "plain");
    fields.append(...byId(id).childNodes, make("p", "locked muted"));
    byId(id).append(fields);
  }
  document.addEventListener(
    "click",
    (event) => {
      const role = event.target.closest?.("[data-needs]")?.dataset.needs;
      if (!role || may(role)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      toast(whyNot(role), "bad");
    },
    true,
  );
}
