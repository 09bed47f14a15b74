// The tuning form beside the editor: each number of the game as a field with its unit, default and bounds. A field that is
// changed rewrites its entry in the script and nothing else; undo in the editor takes it back.

import { byId, make, setAttribute, setText } from "./dom.js";
import { fill, t } from "./i18n.js";
import { reference } from "./reference.js";
import { numberOf, readTuning, removeNumber, setNumber } from "./tuning-text.js";

let editor = null;
const rows = new Map();

// The first of them that stands in what the server says of a number.
const UNITS = [
  ["units per second", "unit.units_per_second"],
  ["per second", "unit.per_second"],
  ["hit points", "unit.hit_points"],
  ["units", "unit.units"],
  ["seconds", "unit.seconds"],
  ["points", "unit.points"],
  ["kills", "unit.kills"],
];

/** `Arena width, units.` is a meaning and a unit. */
function unitOf(doc) {
  const unit = UNITS.find(([words]) => doc.toLowerCase().includes(words));
  return unit ? t(unit[1]) : "";
}

function problemOf(field, text) {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) return t("tuning.no_number");
  if (number < field.min || number > field.max) return fill("tuning.out_of_range", field);
  return "";
}

function rowOf(field) {
  const input = make("input");
  Object.assign(input, { id: `tuning-${field.name}`, type: "number", step: "any", min: field.min, max: field.max });
  input.placeholder = field.default;
  input.inputMode = "decimal";
  const label = make("label", "", make("code", "", field.name));
  label.htmlFor = input.id;
  const reset = make("button", "quiet", () => t("tuning.default"));
  reset.type = "button";
  setAttribute(reset, "aria-label", () => fill("tuning.reset", field));
  const words = make("p", "muted", `${field.doc} `, make("span", "bounds", () => fill("tuning.bounds", field)));
  words.id = `${input.id}-doc`;
  const problem = make("p", "problem");
  problem.id = `${input.id}-problem`;
  problem.hidden = true;
  problem.setAttribute("role", "alert");
  input.setAttribute("aria-describedby", `${words.id} ${problem.id}`);
  const item = make("li", "", label, make("span", "value", input, make("span", "unit muted", () => unitOf(field.doc)), reset), words, problem);
  item.dataset.field = field.name;
  // With the value that is wrong, or null when none is.
  const complain = (value) => {
    const isWrong = value !== null && problemOf(field, value) !== "";
    setText(problem, isWrong ? () => problemOf(field, value) : "");
    problem.hidden = !isWrong;
    input.setAttribute("aria-invalid", String(isWrong));
  };
  input.addEventListener("input", () => complain(input.value === "" && !input.validity.badInput ? null : input.value));
  input.addEventListener("change", () => {
    if (input.value === "" && !input.validity.badInput) return drop(field.name);
    const text = problemOf(field, input.value);
    complain(input.value);
    if (text === "" && Number(input.value) !== inScript(field.name)) write(setNumber(editor.text(), field.name, Number(input.value)));
  });
  reset.addEventListener("click", () => {
    drop(field.name);
    complain(null);
    input.focus();
  });
  return { field, item, input, reset, complain };
}

/** What the script sets a number to, if it is a plain one. */
function inScript(name) {
  const text = editor.text();
  const entry = readTuning(text)?.entries.findLast((one) => one.name === name);
  return entry && numberOf(text.slice(entry.value, entry.end));
}

function write(change) {
  if (change) editor.edit(change);
  else setText(byId("tuning-count"), () => t("tuning.unreadable"));
}

function drop(name) {
  const change = removeNumber(editor.text(), name);
  if (change) editor.edit(change);
}

/** Shows what the script sets. */
export function showTuning() {
  if (!editor || byId("tuning").hidden || rows.size === 0) return;
  const text = editor.text();
  const map = readTuning(text);
  const set = new Map(map?.entries.map((entry) => [entry.name, text.slice(entry.value, entry.end)]));
  let count = 0;
  for (const [name, { field, item, input, reset, complain }] of rows) {
    const value = set.get(name);
    const number = value === undefined ? undefined : numberOf(value);
    item.dataset.set = String(value !== undefined);
    reset.hidden = value === undefined;
    if (value !== undefined) count += 1;
    input.placeholder = value !== undefined && number === undefined ? value : String(field.default);
    // What is being typed is nobody else's business, until it is in the script.
    const shown = number === undefined ? "" : String(number);
    if (document.activeElement === input && input.getAttribute("aria-invalid") === "true") continue;
    if (Number(input.value) !== number || (input.value === "") !== (shown === "")) input.value = shown;
    complain(number === undefined ? null : shown);
  }
  const n = count;
  setText(byId("tuning-count"), () => fill("tuning.count", { n, all: rows.size }));
}

function showFields(panel, fields) {
  const filter = make("input");
  Object.assign(filter, { id: "tuning-filter", type: "search", autocomplete: "off" });
  setAttribute(filter, "placeholder", () => t("tuning.find"));
  setAttribute(filter, "aria-label", () => t("tuning.find_label"));
  const count = Object.assign(make("p", "muted"), { id: "tuning-count" });
  const list = make("ul");
  for (const field of fields) {
    rows.set(field.name, rowOf(field));
    list.append(rows.get(field.name).item);
  }
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    for (const { field, item } of rows.values()) item.hidden = !`${field.name} ${field.doc}`.toLowerCase().includes(wanted);
  });
  panel.replaceChildren(make("div", "tools", filter, count), list);
}

async function open(panel) {
  if (rows.size === 0) {
    panel.replaceChildren(make("p", "muted", () => t("loading")));
    try {
      showFields(panel, (await reference()).tuning);
    } catch {
      return panel.replaceChildren(make("p", "muted", () => t("tuning.failed")));
    }
  }
  showTuning();
}

/** Connects the panel; `script` has text() and edit({ from, to, insert }). `opened()` is called before it opens. */
export function startTuning(script, opened) {
  editor = script;
  const panel = byId("tuning");
  byId("tune").addEventListener("click", () => toggleTuning(panel.hidden, opened));
}

/** Opens or closes the panel. */
export function toggleTuning(show, opened = () => {}) {
  const panel = byId("tuning");
  if (show) opened();
  panel.hidden = !show;
  byId("tune").setAttribute("aria-expanded", String(show));
  if (show) open(panel);
}
