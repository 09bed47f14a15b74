// The scene panel: colour, images and music of the arena, seen in a small one before players see them.

import { post } from "./api.js";
import { byId, nextVersion, setStatus, setText, toast } from "./dom.js";
import { fill, t } from "./i18n.js";
import { looksDirty, looksRequest, orbPicture, skinOf, startLooks, takeLooks } from "./looks.js";
import { drawRound, fetchPicture, readPicture, sizeOf } from "./pictures.js";

const color = byId("bg-color");
const picker = byId("bg-image");
const version = byId("bg-version");
const status = byId("scene-status");
const canvas = byId("preview");

/** Scene in force: [r, g, b], address of the image or null, version. */
let live = null;
/** Number of the scene that the operator knows of: what they publish replaces it and nothing newer. */
let known;
/** What becomes of the image: undefined keeps it, null removes it, { base64, bitmap, name } replaces it. */
let image;
let liveBitmap = null;
let colorTouched = false;
let versionTouched = false;
let publishing = false;
let decoding = 0;

const toHex = (rgb) => `#${rgb.map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
const toRgb = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

export function isSceneDirty() {
  return image !== undefined || (live !== null && (color.value !== toHex(live.color) || looksDirty()));
}

/** Takes over the scene from GET /api/config. */
export function takeScene(config) {
  const next = {
    color: config.background_color ?? [18, 22, 36],
    image: config.background_image ?? null,
    version: config.background_version ?? "",
    number: config.background_release,
  };
  if (!isSceneDirty()) known = next.number;
  const newImage = next.image !== live?.image;
  live = next;
  if (!colorTouched) color.value = toHex(live.color);
  if (!versionTouched) version.value = nextVersion(live.version);
  if (newImage) loadLiveImage(live.image);
  takeLooks(config);
  show();
}

async function loadLiveImage(address) {
  liveBitmap = null;
  if (!address) return;
  const bitmap = await fetchPicture(address);
  if (live.image !== address) return;
  liveBitmap = bitmap;
  if (!bitmap) setStatus(status, "bad", () => t("scene.unshown"));
  show();
}

function shownBitmap() {
  return image === undefined ? liveBitmap : (image?.bitmap ?? null);
}

function show() {
  const hasImage = image === undefined ? Boolean(live?.image) : image !== null;
  byId("bg-remove").disabled = !hasImage;
  const chip = byId("scene-state");
  setText(chip, isSceneDirty() ? () => t("edited") : live?.version || (() => t("state.live")));
  chip.dataset.state = isSceneDirty() ? "edited" : "live";
  draw();
}

/** A still of the arena: the image covers it as it does in the game, over the colour. */
function draw() {
  const pen = canvas.getContext("2d");
  const { width, height } = canvas;
  pen.fillStyle = color.value;
  pen.fillRect(0, 0, width, height);
  const bitmap = shownBitmap();
  if (bitmap) {
    const scale = Math.max(width / bitmap.width, height / bitmap.height);
    const [w, h] = [bitmap.width * scale, bitmap.height * scale];
    pen.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h);
  } else {
    pen.strokeStyle = "rgb(255 255 255 / 0.05)";
    pen.lineWidth = 1;
    pen.beginPath();
    for (let x = 28; x < width; x += 28) pen.rect(x + 0.5, -1, 0, height + 2);
    for (let y = 28; y < height; y += 28) pen.rect(-1, y + 0.5, width + 2, 0);
    pen.stroke();
  }
  pen.strokeStyle = "rgb(126 214 255 / 0.55)";
  pen.lineWidth = 3;
  pen.strokeRect(1.5, 1.5, width - 3, height - 3);
  drawPlayer(pen, 86, 168, "#56b4f5", "Ada", 0.9, skinOf(0));
  drawPlayer(pen, 196, 108, "#ffce5c", "Grace", 0.55, skinOf(1));
  drawPlayer(pen, 326, 202, "#5fd39b", "Alan", 0.25, skinOf(2));
  drawOrb(pen, 288, 66, orbPicture());
}

function drawPlayer(pen, x, y, fill, name, hp, skin) {
  pen.beginPath();
  pen.arc(x, y, 19, 0, Math.PI * 2);
  pen.fillStyle = fill;
  pen.fill();
  if (skin) drawRound(pen, skin, x, y, 19);
  pen.beginPath();
  pen.arc(x, y, 19, 0, Math.PI * 2);
  pen.lineWidth = skin ? 5 : 3;
  pen.strokeStyle = skin ? fill : "#fff";
  pen.stroke();
  pen.font = "600 21px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.lineWidth = 5;
  pen.lineJoin = "round";
  pen.strokeStyle = "rgb(0 0 0 / 0.75)";
  pen.strokeText(name, x, y - 42);
  pen.fillStyle = "#fff";
  pen.fillText(name, x, y - 42);
  pen.fillStyle = "rgb(0 0 0 / 0.7)";
  pen.fillRect(x - 28, y - 35, 56, 9);
  pen.fillStyle = hp > 0.3 ? "#5fd39b" : "#ff7a52";
  pen.fillRect(x - 26, y - 33, 52 * hp, 5);
}

function drawOrb(pen, x, y, skin) {
  const glow = pen.createRadialGradient(x, y, 6, x, y, 44);
  glow.addColorStop(0, "#fff4e0");
  glow.addColorStop(0.3, "#ff8234");
  glow.addColorStop(1, "rgb(255 130 52 / 0)");
  pen.fillStyle = glow;
  pen.fillRect(x - 44, y - 44, 88, 88);
  if (skin) drawRound(pen, skin, x, y, 16);
}

async function takeFile(file) {
  picker.value = "";
  if (!file) return;
  const turn = ++decoding;
  setStatus(status, "busy", () => t("scene.reading"));
  try {
    const picture = await readPicture(file);
    if (turn !== decoding) return;
    image = picture;
    const { bitmap, name, bytes } = picture;
    const { width, height } = bitmap;
    setStatus(status, "idle", () => fill("scene.taken", { name, width, height, size: sizeOf(bytes) }));
    show();
  } catch (error) {
    if (turn === decoding) setStatus(status, "bad", () => error.message);
  }
}

async function publish(event) {
  event.preventDefault();
  if (publishing) return;
  publishing = true;
  const button = byId("publish-scene");
  button.disabled = true;
  const note = byId("bg-note");
  const request = { version: version.value.trim(), note: note.value.trim(), based_on: known, ...looksRequest() };
  if (color.value !== toHex(live.color)) request.background_color = toRgb(color.value);
  if (image !== undefined) request.background_image = image === null ? null : image.base64;
  const sent = image;
  setStatus(status, "busy", () => t("publishing"));
  try {
    const answer = await post("/api/scene", request);
    const { scene } = answer;
    known = scene.number;
    const path = (hash) => `/content/${hash}`;
    const skins = (scene.player_skins ?? []).map(path);
    takeLooks({ player_skins: skins, orb_skin: scene.orb_skin ? path(scene.orb_skin) : null, music: scene.music }, true);
    note.value = "";
    if (image === sent) image = undefined;
    colorTouched = false;
    versionTouched = false;
    if (sent?.bitmap) liveBitmap = sent.bitmap;
    if (sent === null) liveBitmap = null;
    live = { ...live, color: scene.background_color, version: request.version, number: known };
    version.value = nextVersion(live.version);
    setStatus(status, "live", () => fill("scene.published", request));
    toast(fill("scene.on_its_way", request), "good");
    dispatchEvent(new Event("hotswap-refresh"));
  } catch (error) {
    const faster = error.status === 409;
    if (faster) known = error.body.live;
    setStatus(status, "bad", () => fill(faster ? "scene.faster" : "publish.failed", { why: error.message }));
  } finally {
    publishing = false;
    button.disabled = false;
    show();
  }
}

/** Connects the panel to its buttons. */
export function startScene() {
  startLooks(byId("scene-looks"), show, (state, words) => setStatus(status, state, words));
  const drop = byId("drop");
  const hover = (on) => drop.classList.toggle("hover", on);
  color.addEventListener("input", () => {
    colorTouched = true;
    show();
  });
  version.addEventListener("input", () => (versionTouched = version.value.trim() !== ""));
  picker.addEventListener("change", () => takeFile(picker.files[0]));
  byId("bg-remove").addEventListener("click", () => {
    decoding += 1;
    image = live?.image ? null : undefined;
    setStatus(status, "idle", image === null ? () => t("scene.removed") : "");
    show();
  });
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    hover(true);
  });
  drop.addEventListener("dragleave", () => hover(false));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    hover(false);
    takeFile(event.dataTransfer.files[0]);
  });
  // A picture that misses the preview must not replace the page.
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
  byId("scene-form").addEventListener("submit", publish);
  addEventListener("beforeunload", (event) => isSceneDirty() && event.preventDefault());
  show();
}
