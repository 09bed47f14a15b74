// The large windows over the control room: one at a time, closed by Escape, the button, or a click beside it.

import { make, setText } from "./dom.js";
import { locale, t, write } from "./i18n.js";

let dialog = null;
let parts = null;

function build() {
  const title = make("h2");
  title.id = "view-title";
  // Takes the focus first: a field would bring up the keyboard of a phone.
  title.tabIndex = -1;
  title.autofocus = true;
  const tools = make("div", "tools");
  const close = make("button", "quiet close", () => t("close"));
  close.type = "button";
  const body = make("div", "view-body scroll");
  dialog = make("dialog", "view", make("header", "", title, tools, close), body);
  dialog.id = "view";
  dialog.setAttribute("aria-labelledby", title.id);
  close.addEventListener("click", () => dialog.close());
  // Who selects text and lets go beside the window clicks the backdrop, too: it closes for what began there only.
  let pressed = null;
  dialog.addEventListener("pointerdown", (event) => (pressed = event.target));
  dialog.addEventListener("click", (event) => event.target === dialog && pressed === dialog && dialog.close());
  document.body.append(dialog);
  parts = { title, tools, body };
}

/** Opens a window with a title, things beside it, and what it is about. `name` is for styles and tests. */
export function openView(name, title, tools, ...content) {
  if (!dialog) build();
  dialog.dataset.view = name;
  setText(parts.title, title);
  parts.tools.replaceChildren(...tools);
  parts.body.replaceChildren(...content);
  parts.body.scrollTop = 0;
  if (!dialog.open) dialog.showModal();
}

/** Closes the window, if one is open. */
export function closeView() {
  dialog?.close();
}

/** Whether this window is open. */
export const isOpen = (name) => Boolean(dialog?.open && dialog.dataset.view === name);

/** A label over a field. */
export function field(label, input, hint = "") {
  const name = make("label", "", label);
  if (hint) name.append(" ", make("small", "", hint));
  name.htmlFor = input.id;
  return make("div", "field", name, input);
}

/** A field to type into; words among `more` are functions, as everywhere. */
export function input(id, type = "text", more = {}) {
  const element = make("input");
  element.id = id;
  element.type = type;
  element.autocomplete = "off";
  element.spellcheck = false;
  for (const [name, value] of Object.entries(more)) {
    if (typeof value === "function") write(element, name, value);
    else element[name] = value;
  }
  return element;
}

/** A choice among [value, label]. */
export function choice(id, options, chosen = "") {
  const element = make("select");
  element.id = id;
  for (const [value, label] of options) {
    const option = make("option", "", label);
    option.value = value;
    option.selected = value === chosen;
    element.append(option);
  }
  return element;
}

/** A button; `kind` is a class. */
export function button(label, kind, act) {
  const element = make("button", kind, label);
  element.type = act ? "button" : "submit";
  if (act) element.addEventListener("click", act);
  return element;
}

/** A table with these headings and an empty body. */
export function table(id, ...headings) {
  const row = make("tr");
  for (const heading of headings) {
    const cell = make("th", "", heading);
    cell.scope = "col";
    row.append(cell);
  }
  const element = make("table", "list", make("thead", "", row), make("tbody"));
  element.id = id;
  return element;
}

/** A cell that says on a phone, where there are no headings, what it is. */
export function cell(label, ...content) {
  const element = make("td", "", ...content);
  write(element, "data-label", label);
  return element;
}

/** A moment in time: how it looks here. */
export function moment(ms) {
  if (!ms) return t("time.never");
  return new Date(ms).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });
}
