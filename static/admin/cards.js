// The cards that players vote on between rounds: which of them come up, and the script of each.

import { get, post } from "./api.js";
import { confirmed } from "./confirm.js";
import { byId, make, setAttribute, setStatus, toast } from "./dom.js";
import { fill, t } from "./i18n.js";
import { needs } from "./me.js";
import { button, cell, field, input, openView, table } from "./view.js";

const STARTER = `// Title: What it does, in one line.
// zh: 标题: 一句话说明。

// The rules' own numbers can be used by name.
const TUNING = #{
    player_speed: player_speed * 1.2,
};

// A hook takes the place of the rules' one, which is there as base_NAME.
// fn strike(distance, facing, attacker_hp, target_hp) {
//     let blow = base_strike(distance, facing, attacker_hp, target_hp);
//     [blow[0] * 2, blow[1]]
// }
`;

/** A text field at once; the full editor in its place as soon as its code has come. The field stays in step. */
class CardEditor {
  constructor(publish) {
    this.area = make("textarea");
    Object.assign(this.area, { id: "card-script", wrap: "off", spellcheck: false, autocomplete: "off" });
    setAttribute(this.area, "aria-label", () => t("cards.script"));
    this.area.translate = false;
    this.host = make("div", "card-code");
    this.element = make("div", "card-editor", this.host, this.area);
    // Escape and then Tab leaves the full editor; the window stays.
    this.host.addEventListener("keydown", (event) => event.key === "Escape" && event.preventDefault());
    this.view = null;
    this.area.addEventListener("input", () => this.view && this.view.text !== this.area.value && this.view.replace(this.area.value));
    this.upgrade(publish).catch((error) => console.warn("The full editor could not be loaded; the text field does as well.", error));
  }

  async upgrade(publish) {
    const { CodeView } = await import("./code.js");
    const change = () => {
      if (this.area.value !== this.view.text) this.area.value = this.view.text;
    };
    this.view = new CodeView(this.host, this.area.value, { change, check: () => {}, publish, moved: () => {} });
    this.element.dataset.editor = "full";
    this.area.tabIndex = -1;
    this.area.setAttribute("aria-hidden", "true");
  }

  get text() {
    return this.area.value;
  }

  load(text) {
    this.area.value = text;
    this.view?.load(text);
  }

  /** Marks a place with what is wrong there; null takes the mark away. */
  mark(error) {
    this.view?.show(error ? [{ ...error, severity: "error" }] : []);
    if (error) this.view?.goTo(error.line, error.column);
  }
}

let editor = null;
let nameField = null;
/** What the form was filled with, or published last. */
let base = null;

const typed = () => ({ name: nameField.value, script: editor.text });

/** The form holds something that is neither published nor loaded. It outlives the window. */
function isDirty() {
  return editor !== null && (nameField.value !== base.name || editor.text !== base.script);
}

/** The words of a card in the reader's language. */
function wordsOf(card) {
  const language = document.documentElement.lang.split("-")[0];
  return card.words?.find((words) => words.lang === language) ?? card;
}

async function enable(card, enabled) {
  try {
    await post(`/api/cards/${encodeURIComponent(card.name)}`, { enabled });
    toast(fill(enabled ? "cards.is_on" : "cards.is_off", { name: card.name }), "good");
  } catch (error) {
    toast(error.message, "bad");
  }
  await refresh();
}

function rowOf(card) {
  const what = cell("", make("b", "", () => wordsOf(card).title ?? card.name), make("p", "muted", () => wordsOf(card).text ?? ""));
  const version = card.shipped ? "" : make("span", "chip", () => fill("cards.version", { n: card.version }));
  const name = cell(() => t("name"), make("code", "", card.name), version);
  const toggle = needs(make("input"), "publisher");
  toggle.type = "checkbox";
  toggle.checked = card.enabled;
  setAttribute(toggle, "aria-label", () => fill("cards.offer", { name: card.name }));
  toggle.addEventListener("change", () => enable(card, toggle.checked));
  const state = make("p", card.fault ? "problem" : "muted", () => (card.fault ? fill("cards.unfit", card.fault) : card.enabled ? t("cards.on") : t("cards.off")));
  const offered = cell(() => t("cards.offered"), make("label", "card-switch", toggle, state));
  const acts = make("td", "actions", button(() => t("cards.edit"), "quiet", () => replace(card.name, card.script)));
  const row = make("tr", "", what, name, offered, acts);
  row.dataset.card = card.name;
  row.dataset.enabled = String(card.enabled);
  return row;
}

function show({ name, script }, words) {
  nameField.value = name;
  editor.load(script);
  editor.mark(null);
  setStatus(byId("card-status"), "idle", words);
  byId("card-form").scrollIntoView({ block: "nearest" });
}

function load(name, script) {
  show({ name, script }, () => (name ? fill("cards.editing", { name }) : t("cards.starter")));
  base = typed();
}

/** Loads another card, after asking when what is typed would get lost. */
async function replace(name, script) {
  if (isDirty() && !(await confirmed(() => t("discard.title"), () => t("cards.discard"), () => t("discard.load"), () => t("keep_editing")))) return;
  load(name, script);
}

async function refresh() {
  const answer = await get("/api/cards");
  byId("cards-table").tBodies[0].replaceChildren(...answer.cards.map(rowOf));
  byId("cards-votes").hidden = answer.votes;
}

async function publish(event) {
  event?.preventDefault();
  const status = byId("card-status");
  const name = nameField.value.trim();
  const { script } = typed();
  const loaded = base;
  editor.mark(null);
  setStatus(status, "busy", () => t("cards.checking"));
  try {
    const { card } = await post("/api/cards", { name, script });
    if (base === loaded) base = { name, script };
    setStatus(status, "good", () => fill("cards.published", { name, n: card.version }));
    await refresh();
  } catch (error) {
    const { line, column } = error.body ?? {};
    if (error.status === 422 && line) {
      setStatus(status, "bad", () => fill("cards.refused", { line, column, message: error.message }));
      editor.mark({ line, column, message: error.message });
    } else {
      setStatus(status, "bad", error.message);
    }
  }
}

function form() {
  nameField = input("card-name", "text", { required: true, maxLength: 32, placeholder: "heavy_orb", pattern: "[a-z][a-z0-9_]*" });
  const status = make("p", "card-status");
  status.id = "card-status";
  status.setAttribute("role", "status");
  const submit = needs(button(() => t("cards.publish"), "primary", null), "publisher");
  const element = make("form", "card-form", make("h3", "", () => t("cards.editor")), field(() => t("name"), nameField, () => t("cards.name_hint")), editor.element, status, submit);
  element.id = "card-form";
  element.addEventListener("submit", publish);
  return element;
}

/** Opens the list of cards. */
export async function openCards() {
  const kept = isDirty() ? typed() : null;
  editor = new CardEditor(() => byId("card-form").requestSubmit());
  const off = make("p", "problem", () => t("cards.no_votes"));
  off.id = "cards-votes";
  off.hidden = true;
  const fresh = button(() => t("cards.new"), "quiet", () => replace("", STARTER));
  const list = table("cards-table", () => t("cards.card"), () => t("name"), () => t("cards.offered"), "");
  openView("cards", () => t("cards.title"), [fresh], make("p", "lead", () => t("cards.lead")), off, list, form());
  if (kept) show(kept, () => t("cards.kept"));
  else load("", STARTER);
  await refresh().catch((error) => toast(error.message, "bad"));
  byId("view").querySelector(".view-body").scrollTop = 0;
}

addEventListener("beforeunload", (event) => isDirty() && event.preventDefault());
