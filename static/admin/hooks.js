// The cheat sheet beside the editor: what a script may define and use, and a working piece to start from.

import { make, setAttribute } from "./dom.js";
import { fill, t } from "./i18n.js";
import { rangeOf, reference } from "./reference.js";

const TUNING = "const TUNING = #{\n    player_speed: 300.0,\n};\n";

function signature(name, rest) {
  return make("code", "", make("b", "", name), rest);
}

function entry(name, rest, text, code, append) {
  const add = make("button", "quiet", () => t("sheet.add"));
  add.type = "button";
  setAttribute(add, "aria-label", () => fill("sheet.add_it", { name: name.replace("const ", "") }));
  add.addEventListener("click", () => append(code));
  return make("li", "", make("header", "", signature(name, rest), add), make("p", "muted", text));
}

/** Words under a title; resting on one tells what it is. */
function words(title, list) {
  const items = make("p");
  for (const { name, doc } of list) {
    const word = make("code", "", name);
    setAttribute(word, "title", doc);
    items.append(word, " ");
  }
  return make("div", "words", make("h3", "", title), items);
}

function showReference(sheet, { hooks, tuning, functions, constants, limits }, append) {
  const intro = make("p", "muted", () => t("sheet.lead"));
  const list = make("ul");
  for (const hook of hooks) {
    const rest = `${hook.signature.slice(hook.name.length)} → ${hook.returns}`;
    list.append(entry(hook.name, rest, hook.doc, hook.starter, append));
  }
  const numbers = () => t("sheet.tuning");
  list.append(entry("const TUNING", " = #{ player_speed: 300.0 };", numbers, TUNING, append));
  const groups = new Map();
  for (const { name, group, forms, doc } of functions) {
    groups.set(group, [...(groups.get(group) ?? []), { name, doc: `${forms.join("  ")}\n${doc}` }]);
  }
  sheet.replaceChildren(
    intro,
    list,
    words(() => t("tuning.title"), tuning.map((field) => ({ name: field.name, doc: () => `${field.doc}\n${rangeOf(field)}` }))),
    words(() => t("sheet.constants"), constants.map(({ name, value }) => ({ name, doc: String(value) }))),
    ...[...groups].map(([group, names]) => words(group, names)),
    words(() => t("sheet.limits"), limits.map(({ what, most }) => ({ name: `${what}: ${most}`, doc: "" }))),
  );
}

/** Fills the cheat sheet; `append(code)` adds a piece to the script. */
export function fillSheet(sheet, append) {
  sheet.replaceChildren(make("p", "muted", () => t("loading")));
  reference().then(
    (words) => showReference(sheet, words, append),
    () => {
      const again = make("button", "quiet", () => t("sheet.again"));
      again.type = "button";
      again.addEventListener("click", () => fillSheet(sheet, append));
      sheet.replaceChildren(make("p", "muted", () => t("sheet.failed")), again);
    },
  );
}
