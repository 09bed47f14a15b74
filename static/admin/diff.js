// The difference of two scripts: side by side, one under the other on a phone, with the words marked that differ.

import { post } from "./api.js";
import { make, setText } from "./dom.js";
import { plural, t } from "./i18n.js";
import { trackName } from "./looks.js";

const FIELDS = {
  background_color: "diff.background_color",
  background_image: "diff.background_image",
  player_skins: "diff.player_skins",
  orb_skin: "diff.orb_skin",
  music: "diff.music",
};

function side(name, number, content, kind) {
  const element = make("div", `side ${name}${kind ? ` ${kind}` : ""}`);
  element.append(make("i", "line", number ? String(number) : ""), make("code", "", ...content));
  return element;
}

function pieces(line) {
  return (line?.pieces ?? []).map(([text, marked]) => (marked ? make("mark", "", text) : text));
}

function rowOf(row) {
  if (row.kind === "gap") return make("div", "row gap", () => plural("diff.equal", row.lines));
  if (row.kind === "same") {
    return make("div", "row same", side("from", row.from, [row.text]), side("to", row.to, [row.text]));
  }
  const kinds = [row.from ? "removed" : "none", row.to ? "added" : "none"];
  return make(
    "div",
    "row changed",
    side("from", row.from?.line, pieces(row.from), kinds[0]),
    side("to", row.to?.line, pieces(row.to), kinds[1]),
  );
}

/** A value of a scene: a colour, an image or several, or a word. */
function shown(field, value) {
  const picture = (path) => Object.assign(make("img"), { src: path, alt: "", title: path });
  if (field === "background_color") {
    const swatch = make("i");
    swatch.style.background = `rgb(${value.join()})`;
    return [swatch, value.join(", ")];
  }
  const list = Array.isArray(value) ? value : [value].filter(Boolean);
  if (field === "music") return [() => trackName(list[0])];
  if (list.length === 0) return [() => t("diff.none")];
  return list.map(picture);
}

/** Two scenes field by field. */
function renderScenes(answer, from, to) {
  if (answer.same) return make("p", "sums", () => t("diff.same_scenes"));
  const rows = make("tbody");
  for (const { field, from: before, to: after } of answer.fields) {
    const name = () => (FIELDS[field] ? t(FIELDS[field]) : field.replaceAll("_", " "));
    rows.append(make("tr", "", make("td", "", name), make("td", "", ...shown(field, before)), make("td", "", ...shown(field, after))));
  }
  const heads = [() => t("diff.field"), from, to].map((text) => make("th", "", text));
  return make("div", "scene-diff", make("table", "list", make("thead", "", make("tr", "", ...heads)), rows));
}

/** An element that shows what POST /api/diff answered, under these two names. */
export function renderDiff(answer, from, to) {
  if (answer.kind === "scene") return renderScenes(answer, from, to);
  const sums = make("p", "sums");
  if (answer.same) setText(sums, () => t("diff.same_scripts"));
  else sums.append(make("b", "minus", `−${answer.removed}`), " ", make("b", "plus", `+${answer.added}`), " ", make("span", "", () => t("diff.lines")));
  const head = make("div", "row head", make("div", "side from", from), make("div", "side to", to));
  const rows = make("div", "rows", ...(answer.same ? [] : [head, ...answer.rows.map(rowOf)]));
  return make("div", "diff", sums, rows);
}

/** Compares two sides, each a release's number or a script, under these names, and gives the element that shows it. */
export async function compare(from, to, names, context = 3) {
  const answer = await post("/api/diff", { from, to, context });
  return renderDiff(answer, names[0], names[1]);
}
