// Pictures that an operator chose: looked at here first, so that what the server would refuse is said at once.

import { at } from "./api.js";
import { fill, number, Problem, t } from "./i18n.js";

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_SIDE = 4096;
const TYPES = ["image/png", "image/jpeg", "image/webp"];

/** Accepted by file fields. */
export const ACCEPT = TYPES.join();

/** Bytes for people. */
export function sizeOf(bytes) {
  if (bytes < 1048576) return `${number(Math.ceil(bytes / 1024))} KB`;
  return `${number(bytes / 1048576, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} MB`;
}

function readBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** A file as { bitmap, base64, name, bytes }; throws an error with words for people. */
export async function readPicture(file) {
  const refuse = (why) => {
    throw new Problem(() => `${file.name}: ${why()}`);
  };
  if (!TYPES.includes(file.type)) refuse(() => t("picture.type"));
  if (file.size > MAX_BYTES) refuse(() => fill("picture.bytes", { size: sizeOf(file.size) }));
  const decoding = createImageBitmap(file).catch(() => refuse(() => t("picture.broken")));
  const [bitmap, base64] = await Promise.all([decoding, readBase64(file)]);
  if (bitmap.width > MAX_SIDE || bitmap.height > MAX_SIDE) {
    refuse(() => fill("picture.size", { width: bitmap.width, height: bitmap.height, most: MAX_SIDE }));
  }
  return { bitmap, base64, name: file.name, bytes: file.size };
}

/** A picture that the server has; null when it cannot be shown. */
export async function fetchPicture(path) {
  const response = await fetch(at(path)).catch(() => null);
  if (!response?.ok) return null;
  return createImageBitmap(await response.blob()).catch(() => null);
}

/** The hash in the path of a picture. */
export const hashOf = (path) => path.slice(path.lastIndexOf("/") + 1);

/** Draws a picture over a circle, and cuts it where its shape differs. */
export function drawRound(pen, bitmap, x, y, radius) {
  const scale = (2 * radius) / Math.min(bitmap.width, bitmap.height);
  const [w, h] = [bitmap.width * scale, bitmap.height * scale];
  pen.save();
  pen.beginPath();
  pen.arc(x, y, radius, 0, Math.PI * 2);
  pen.clip();
  pen.drawImage(bitmap, x - w / 2, y - h / 2, w, h);
  pen.restore();
}
