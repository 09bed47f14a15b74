// Everything that was published, by whom and why; any two scripts can be compared, also with the one in the editor, and each
// scene with the one before it.

import { get, turns } from "./api.js";
import { byId, make, setAttribute, setText } from "./dom.js";
import { compare } from "./diff.js";
import { fill, t } from "./i18n.js";
import { stateName } from "./tables.js";
import { button, cell, choice, field, input, moment, openView, table } from "./view.js";

const PAGE = 200;

let releases = [];
let complete = false;
let load = () => {};
/** Answers that were overtaken are not shown. */
const askingMore = turns();
const comparing = turns();

const rules = () => releases.filter((release) => release.kind !== "scene");
const nameOf = (release) => fill("release.name", { n: release.number, version: release.version });

/** The release of the same kind that was published before this one. */
const before = (release) => releases.find((other) => other.kind === release.kind && other.number < release.number);

async function more() {
  const isNewest = askingMore();
  const from = releases.at(-1)?.number;
  const answer = await get(`/api/releases?limit=${PAGE}${from ? `&before=${from}` : ""}`);
  if (!isNewest()) return;
  releases = releases.concat(answer.releases ?? []);
  complete = (answer.releases ?? []).length < PAGE;
}

function matches(release, text, kind) {
  const words = [release.version, release.note, release.author, release.hash, release.state, `#${release.number}`];
  return (kind === "" || release.kind === kind) && words.some((word) => String(word ?? "").toLowerCase().includes(text));
}

function rowOf(release) {
  const badge = make("span", "badge", () => stateName(release.state));
  badge.dataset.state = release.state;
  const title = make("div", "title", make("b", "", release.version), badge);
  const what = cell("", title, make("p", "muted", release.note || ""));
  if (release.error) what.append(make("p", "problem", release.error));
  const acts = make("td", "actions");
  const earlier = before(release);
  if (earlier) {
    const names = [() => nameOf(earlier), () => nameOf(release)];
    const changes = button(() => t("history.changes"), "quiet", () => show(earlier.number, release.number, names));
    changes.dataset.changes = release.number;
    acts.append(changes);
  }
  if (release.kind !== "scene") acts.append(" ", button(() => t("releases.load"), "quiet", () => load(release.number)));
  const kind = () => t(release.kind === "scene" ? "scene.title" : "rules.title");
  const row = make("tr", "", cell("", make("b", "", `#${release.number}`), make("p", "muted", kind)), what);
  row.append(cell(() => t("history.by"), release.author), cell("", () => moment(release.created_ms)), acts);
  row.dataset.release = release.number;
  return row;
}

async function show(from, to, names) {
  const isNewest = comparing();
  const place = byId("history-diff");
  place.replaceChildren(make("p", "muted", () => t("diff.busy")));
  const answer = await compare(from, to, names).catch((error) => make("p", "problem", () => error.message));
  if (!isNewest()) return;
  place.replaceChildren(answer);
  place.scrollIntoView({ block: "nearest" });
}

function list() {
  const text = byId("history-filter").value.trim().toLowerCase();
  const found = releases.filter((release) => matches(release, text, byId("history-kind").value));
  byId("history-table").tBodies[0].replaceChildren(...found.map(rowOf));
  const all = `${releases.length}${complete ? "" : "+"}`;
  setText(byId("history-count"), () => fill("history.count", { n: found.length, all }));
  byId("history-more").hidden = complete;
}

function sides(id, chosen) {
  const options = rules().map((release) => [String(release.number), () => nameOf(release)]);
  return choice(id, [["draft", () => t("history.draft")], ...options], chosen);
}

function comparer() {
  const live = rules().find((release) => release.state === "live");
  const from = sides("compare-from", String((live && before(live)?.number) ?? live?.number ?? ""));
  const to = sides("compare-to", live ? String(live.number) : "draft");
  const side = (select) => (select.value === "draft" ? byId("script").value : Number(select.value));
  const name = (select) => {
    const release = rules().find(({ number }) => String(number) === select.value);
    return () => (release ? nameOf(release) : t("history.draft"));
  };
  const form = make("form", "compare", field(() => t("history.compare"), from), field(() => t("history.with"), to), button(() => t("history.compare"), "", null));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(side(from), side(to), [name(from), name(to)]);
  });
  return form;
}

/** Opens the history; `loadRelease(number)` puts one into the editor. */
export async function openHistory(loadRelease) {
  load = loadRelease;
  releases = [];
  const filter = input("history-filter", "search", { placeholder: () => t("history.find_by") });
  setAttribute(filter, "aria-label", () => t("history.find"));
  const kind = choice("history-kind", [["", () => t("history.all")], ["logic", () => t("rules.title")], ["scene", () => t("history.scenes")]]);
  setAttribute(kind, "aria-label", () => t("history.kind"));
  const counted = make("p", "chip");
  counted.id = "history-count";
  const older = button(() => t("older"), "quiet", () => more().then(list));
  older.id = "history-more";
  const place = make("div");
  place.id = "history-diff";
  const rows = table("history-table", () => t("releases.number"), () => t("history.what"), () => t("history.author"), () => t("when"), "");
  await more();
  openView("history", () => t("menu.history"), [filter, kind, counted], comparer(), place, rows, older);
  filter.addEventListener("input", list);
  kind.addEventListener("change", list);
  list();
}
