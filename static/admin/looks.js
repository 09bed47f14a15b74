// What players and the orb wear in a scene, and its music: the lower half of the scene panel.

import { byId, make, setAttribute, setText } from "./dom.js";
import { fill, t } from "./i18n.js";
import { ACCEPT, drawRound, fetchPicture, hashOf, readPicture } from "./pictures.js";

const MAX_SKINS = 8;
const TRACKS = { none: "music.none", calm: "music.calm", pulse: "music.pulse", storm: "music.storm" };
const THUMB = 72;

/** What a track is called. */
export const trackName = (track) => (TRACKS[track ?? "none"] ? t(TRACKS[track ?? "none"]) : track);

/** In force: paths of the skins, path of the orb's, track. */
let live = { skins: [], orb: null, music: "none" };
/** In the form: skins are { key, source, bitmap }, where the source is what the server takes. */
let skins = [];
let orb = null;
let selected = -1;
let serial = 0;
let changed = () => {};
let say = () => {};

const keys = (list) => list.map((skin) => skin.key).join();
const stored = (path) => ({ key: path, source: { hash: hashOf(path) }, bitmap: null });
const skinsChanged = () => keys(skins) !== live.skins.join();
const orbChanged = () => (orb?.key ?? null) !== live.orb;
const musicChanged = () => byId("music").value !== live.music;

export const looksDirty = () => skinsChanged() || orbChanged() || musicChanged();

/** The fields of POST /api/scene that differ from what is in force. */
export function looksRequest() {
  return {
    ...(skinsChanged() && { player_skins: skins.map((skin) => skin.source) }),
    ...(orbChanged() && { orb_skin: orb?.source ?? null }),
    ...(musicChanged() && { music: byId("music").value }),
  };
}

/** Pictures for the preview: of a player by its place, and of the orb. */
export const skinOf = (place) => (skins.length ? skins[place % skins.length].bitmap : null);
export const orbPicture = () => orb?.bitmap ?? null;

/** Takes over the scene from GET /api/config; `fresh` drops what is in the form. */
export function takeLooks(config, fresh = false) {
  const keep = !fresh && looksDirty();
  live = { skins: config.player_skins ?? [], orb: config.orb_skin ?? null, music: config.music ?? "none" };
  if (keep) return show();
  const known = new Map([...skins, orb].filter(Boolean).map((skin) => [skin.key, skin]));
  const take = (path) => {
    const skin = known.get(path) ?? stored(path);
    if (!skin.bitmap) load(skin);
    return { ...skin };
  };
  skins = live.skins.map(take);
  orb = live.orb ? take(live.orb) : null;
  byId("music").value = live.music;
  selected = -1;
  show();
}

async function load(skin) {
  const bitmap = await fetchPicture(skin.key);
  for (const shown of [...skins, orb]) if (shown?.key === skin.key) shown.bitmap = bitmap;
  show();
}

async function take(file) {
  const { bitmap, base64 } = await readPicture(file);
  return { key: `new ${++serial}`, source: base64, bitmap };
}

async function add(files) {
  for (const file of files) {
    if (skins.length >= MAX_SKINS) return say("bad", () => fill("looks.too_many", { most: MAX_SKINS }));
    try {
      skins.push(await take(file));
      const place = skins.length;
      selected = place - 1;
      say("idle", () => fill("looks.skin_taken", { file: file.name, place }));
    } catch (error) {
      say("bad", () => error.message);
    }
    show();
  }
}

async function setOrb(file) {
  if (!file) return;
  try {
    orb = await take(file);
    say("idle", () => fill("looks.orb_taken", { file: file.name }));
  } catch (error) {
    say("bad", () => error.message);
  }
  show();
}

function move(by) {
  const to = selected + by;
  if (selected < 0 || to < 0 || to >= skins.length) return;
  [skins[selected], skins[to]] = [skins[to], skins[selected]];
  selected = to;
  show();
  byId("skins").children[to]?.firstElementChild.focus();
}

function remove() {
  if (selected < 0) return;
  skins.splice(selected, 1);
  selected = Math.min(selected, skins.length - 1);
  show();
  (byId("skins").children[selected]?.firstElementChild ?? byId("skin-file")).focus();
}

function paint(canvas, skin) {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, THUMB, THUMB);
  pen.fillStyle = "#1a2233";
  pen.beginPath();
  pen.arc(THUMB / 2, THUMB / 2, THUMB / 2 - 1, 0, Math.PI * 2);
  pen.fill();
  if (skin?.bitmap) drawRound(pen, skin.bitmap, THUMB / 2, THUMB / 2, THUMB / 2 - 1);
}

function thumb() {
  const canvas = make("canvas");
  canvas.width = canvas.height = THUMB;
  return canvas;
}

function show() {
  const list = byId("skins");
  while (list.children.length > skins.length) list.lastElementChild.remove();
  skins.forEach((skin, place) => {
    let item = list.children[place];
    if (!item) {
      const button = make("button", "thumb", thumb());
      button.type = "button";
      button.addEventListener("click", () => {
        selected = selected === place ? -1 : place;
        show();
      });
      item = make("li", "", button);
      list.append(item);
    }
    const button = item.firstElementChild;
    button.setAttribute("aria-pressed", String(place === selected));
    const all = skins.length;
    setAttribute(button, "aria-label", () => fill("looks.skin", { place: place + 1, all }));
    paint(button.firstElementChild, skin);
  });
  setText(byId("skins-none"), skins.length ? "" : () => t("looks.drawn"));
  byId("skin-left").disabled = selected <= 0;
  byId("skin-right").disabled = selected < 0 || selected >= skins.length - 1;
  byId("skin-remove").disabled = selected < 0;
  byId("skin-pick").classList.toggle("off", skins.length >= MAX_SKINS);
  byId("orb-thumb").hidden = !orb;
  setText(byId("orb-none"), orb ? "" : () => t("looks.drawn"));
  byId("orb-remove").disabled = !orb;
  paint(byId("orb-thumb"), orb);
  changed();
}

function tool(id, label, words, act) {
  const button = make("button", "quiet", label);
  button.type = "button";
  button.id = id;
  setAttribute(button, "aria-label", words);
  setAttribute(button, "title", words);
  button.addEventListener("click", act);
  return button;
}

/** A button that is the label of a file field, which can be reached by keyboard. */
function picker(id, label, field, words, many, taken) {
  const input = make("input", "visually-hidden");
  Object.assign(input, { id: field, type: "file", accept: ACCEPT, multiple: many });
  setAttribute(input, "aria-label", words);
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    taken(files);
  });
  const button = make("label", "button", label);
  button.id = id;
  button.htmlFor = field;
  return make("span", "picker", input, button);
}

/** Builds the fields into `host`; `onChange()` is called after every change, `status(state, words)` says something. */
export function startLooks(host, onChange, status) {
  say = status;
  const list = make("ul");
  list.id = "skins";
  setAttribute(list, "aria-label", () => t("looks.skins"));
  const none = (id) => Object.assign(make("span", "muted"), { id });
  const players = make("div", "row looks", make("span", "what", () => t("clients.title")), list, none("skins-none"),
    picker("skin-pick", () => t("looks.add"), "skin-file", () => t("looks.add_skins"), true, add),
    tool("skin-left", "←", () => t("looks.left"), () => move(-1)),
    tool("skin-right", "→", () => t("looks.right"), () => move(1)),
    tool("skin-remove", () => t("scene.remove"), () => t("looks.remove_skin"), remove));
  const picture = Object.assign(thumb(), { id: "orb-thumb", hidden: true });
  picture.setAttribute("role", "img");
  setAttribute(picture, "aria-label", () => t("looks.orb_picture"));
  const music = make("select");
  music.id = "music";
  for (const value of Object.keys(TRACKS)) music.append(Object.assign(make("option", "", () => trackName(value)), { value }));
  music.addEventListener("change", show);
  const musicLabel = Object.assign(make("label", "what", () => t("looks.music")), { htmlFor: "music" });
  const rest = make("div", "row looks", make("span", "what", () => t("looks.orb")), picture, none("orb-none"),
    picker("orb-pick", () => t("scene.image"), "orb-file", () => t("looks.orb_image"), false, (files) => setOrb(files[0])),
    tool("orb-remove", () => t("scene.remove"), () => t("looks.remove_orb"), () => {
      orb = null;
      show();
    }),
    make("span", "grow"), make("span", "pair", musicLabel, music));
  host.replaceChildren(players, rest);
  show();
  changed = onChange;
}
