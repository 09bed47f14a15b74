// The cheat sheet beside the editor: what a script may define and use, and a working piece to start from.

import { make } from "./dom.js";
import { rangeOf, reference } from "./reference.js";

const TUNING = "const TUNING = #{\n    player_speed: 300.0,\n};\n";

function signature(name, rest) {
  return make("code", "", make("b", "", name), rest);
}

function entry(name, rest, text, code, append) {
  const add = make("button", "quiet", "Add");
  add.type = "button";
  add.setAttribute("aria-label", `Add ${name.replace("const ", "")} to the script`);
  add.addEventListener("click", () => append(code));
  return make("li", "", make("header", "", signature(name, rest), add), make("p", "muted", text));
}

/** Words under a title; resting on one tells what it is. */
function words(title, list) {
  const items = make("p");
  for (const { name, doc } of list) {
    const word = make("code", "", name);
    word.title = doc;
    items.append(word, " ");
  }
  return make("div", "words", make("h3", "", title), items);
}

function fill(sheet, { hooks, tuning, functions, constants, limits }, append) {
  const intro = make("p", "muted", "Define any of these. What a script leaves out is native. A hook is pure: no state, no clock, no chance.");
  const list = make("ul");
  for (const hook of hooks) {
    const rest = `${hook.signature.slice(hook.name.length)} → ${hook.returns}`;
    list.append(entry(hook.name, rest, hook.doc, hook.starter, append));
  }
  const numbers = "Numbers of the game by name. Functions read them as player_speed, arena_width, strike_damage and so on.";
  list.append(entry("const TUNING", " = #{ player_speed: 300.0 };", numbers, TUNING, append));
  const groups = new Map();
  for (const { name, group, forms, doc } of functions) {
    groups.set(group, [...(groups.get(group) ?? []), { name, doc: `${forms.join("  ")}\n${doc}` }]);
  }
  sheet.replaceChildren(
    intro,
    list,
    words("Tuning numbers", tuning.map((field) => ({ name: field.name, doc: `${field.doc}\n${rangeOf(field)}` }))),
    words("Constants", constants.map(({ name, value }) => ({ name, doc: String(value) }))),
    ...[...groups].map(([group, names]) => words(group, names)),
    words("Limits", limits.map(({ what, most }) => ({ name: `${what}: ${most}`, doc: "" }))),
  );
}

/** Fills the cheat sheet; `append(code)` adds a piece to the script. */
export function fillSheet(sheet, append) {
  sheet.replaceChildren(make("p", "muted", "Loading…"));
  reference().then(
    (words) => fill(sheet, words, append),
    () => {
      const again = make("button", "quiet", "Try again");
      again.type = "button";
      again.addEventListener("click", () => fillSheet(sheet, append));
      sheet.replaceChildren(make("p", "muted", "The list of hooks could not be loaded."), again);
    },
  );
}
