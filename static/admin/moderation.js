// Keeping the fight decent: muting, kicking and banning players, what of that holds, and the words that nobody should read.

import { get, post } from "./api.js";
import { byId, make, setAttribute, setText, toast } from "./dom.js";
import { fill, plural, t } from "./i18n.js";
import { may, needs } from "./me.js";
import { button, cell, choice, closeView, field, input, isOpen, moment, openView, table } from "./view.js";

const KINDS = { mute: "moderation.mute.state", ban: "moderation.ban.state" };
const TIMES = [
  ["10", "moderation.10m"],
  ["60", "moderation.1h"],
  ["1440", "moderation.1d"],
  ["10080", "moderation.7d"],
  ["", "moderation.open_end"],
];

let sanctions = [];
let clients = [];
/** The list of words as the server has it, and the field where it is edited: what is typed there outlives the window. */
let storedWords = "";
let wordsField = null;

const wordsDirty = () => wordsField !== null && wordsField.value !== storedWords;

const muteOf = (player) => sanctions.find((sanction) => sanction.kind === "mute" && sanction.player === player);
const hostOf = (address) => String(address ?? "").replace(/:\d+$/, "");

/** Takes up which mutes and bans hold. */
export function takeModeration(payload) {
  sanctions = payload.sanctions ?? [];
  if (isOpen("moderation")) showSanctions();
}

/** Takes up who is here. */
export function knowClients(payload) {
  clients = payload.clients ?? [];
}

/** The button in a player's row. */
export function moderateButton(client) {
  const open = needs(button("⋯", "quiet", () => openPlayer(client.id)), "publisher");
  setAttribute(open, "aria-label", () => fill("moderation.act_on", { name: client.name ?? "" }));
  return open;
}

/** Does it, and says so. */
async function carryOut(path, body, done) {
  try {
    await post(`/api/moderation/${path}`, body);
    toast(done(), "good");
    return true;
  } catch (error) {
    if (error.status !== 401) toast(error.message, "bad");
    return false;
  }
}

/** Opens the window about one player. */
function openPlayer(id) {
  const client = clients.find((other) => other.id === id);
  if (!client) return;
  const { name } = client;
  const others = clients.filter((other) => other.id !== id && hostOf(other.address) === hostOf(client.address)).length;
  const reason = input("moderation-reason", "text", { maxLength: 200, required: true, placeholder: () => t("moderation.reason_hint") });
  const minutes = choice("moderation-minutes", TIMES.map(([value, key]) => [value, () => t(key)]), "60");
  const address = input("moderation-address", "checkbox");
  const wide = make("label", "tick", address, make("span", "", () => fill("moderation.address", { address: hostOf(client.address) })));
  wide.append(make("small", "muted", () => plural("moderation.shared", others)));
  const form = make("form", "moderate");
  const terms = () => ({ player: id, reason: reason.value, ...(minutes.value ? { minutes: Number(minutes.value) } : {}) });
  const act = (label, kind, run) =>
    button(label, kind, async () => {
      if (form.reportValidity() && (await run())) closeView();
    });
  const mute = act(() => t("moderation.mute"), "", () => carryOut("mute", terms(), () => fill("moderation.muted", { name })));
  const kick = act(() => t("moderation.kick"), "", () =>
    carryOut("kick", { player: id, reason: reason.value }, () => fill("moderation.kicked", { name })),
  );
  const ban = act(() => t("moderation.ban"), "danger", () =>
    carryOut("ban", { ...terms(), address: address.checked }, () => fill("moderation.banned", { name })),
  );
  const acts = make("div", "row acts", mute, kick, ban);
  const held = muteOf(id);
  if (held) {
    const lift = button(() => t("moderation.unmute"), "", async () => {
      if (await carryOut("lift", { id: held.id }, () => fill("moderation.lifted", { name }))) closeView();
    });
    acts.prepend(lift);
  }
  form.append(field(() => t("moderation.reason"), reason, () => t("moderation.reason_why")), field(() => t("moderation.time"), minutes), wide, acts);
  form.append(make("p", "muted", () => t("moderation.explain")));
  form.addEventListener("submit", (event) => event.preventDefault());
  openView("moderate", () => fill("moderation.act_on", { name }), [], form);
  reason.focus();
}

function showSanctions() {
  const body = byId("sanctions").tBodies[0];
  body.replaceChildren(
    ...sanctions.map((sanction) => {
      const { id, name, player, address } = sanction;
      const lift = needs(
        button(() => t("moderation.lift"), "quiet", () => carryOut("lift", { id }, () => fill("moderation.lifted", { name }))),
        "publisher",
      );
      const who = cell("", make("bdi", "", name), " ", make("span", "muted", `${player}`));
      if (address) who.append(" ", make("span", "chip", address));
      const until = () => (sanction.until_ms ? moment(sanction.until_ms) : t("moderation.open_end"));
      const row = make("tr", "", who, cell("", () => t(KINDS[sanction.kind])), cell(() => t("moderation.until"), until));
      row.append(cell(() => t("moderation.reason"), sanction.reason), cell(() => t("moderation.by"), sanction.author), make("td", "actions", lift));
      row.dataset.kind = sanction.kind;
      return row;
    }),
  );
  byId("sanctions-empty").hidden = sanctions.length > 0;
}

function wordsForm(words, shipped) {
  const area = make("textarea");
  area.id = "words";
  area.rows = 14;
  area.spellcheck = false;
  const kept = wordsDirty() ? wordsField.value : null;
  wordsField = area;
  area.value = words;
  storedWords = area.value;
  if (kept !== null) area.value = kept;
  area.readOnly = !may("publisher");
  const state = make("p", "muted");
  state.id = "words-state";
  state.setAttribute("role", "status");
  if (kept !== null) setText(state, () => t("moderation.kept"));
  const save = needs(button(() => t("moderation.save"), "primary", null), "publisher");
  const reset = needs(button(() => t("moderation.shipped"), "quiet", () => (area.value = shipped)), "publisher");
  const form = make("form", "words", field(() => t("moderation.words"), area, () => t("moderation.words_hint")), make("div", "row", save, reset), state);
  form.id = "words-form";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = area.value;
    try {
      const answer = await post("/api/moderation/words", { words });
      storedWords = words;
      setText(state, () => plural("moderation.saved", answer.word_count));
      state.dataset.state = "good";
    } catch (error) {
      setText(state, () => error.message);
      state.dataset.state = "bad";
    }
  });
  return form;
}

/** Opens the list of what holds, and of the words. */
export async function openModeration() {
  const { words, shipped_words: shipped, ...payload } = await get("/api/moderation");
  sanctions = payload.sanctions;
  const empty = make("p", "empty", () => t("moderation.nothing"));
  empty.id = "sanctions-empty";
  const headings = ["moderation.who", "moderation.kind", "moderation.until", "moderation.reason", "moderation.by"].map((key) => () => t(key));
  openView("moderation", () => t("menu.moderation"), [], table("sanctions", ...headings, ""), empty, wordsForm(words, shipped));
  showSanctions();
}

addEventListener("beforeunload", (event) => wordsDirty() && event.preventDefault());
