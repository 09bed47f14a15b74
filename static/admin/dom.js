// Small helpers around the page. Whatever comes from the server or from players is set as text, never as HTML.

import { fill, number, t, write } from "./i18n.js";

export const byId = (id) => document.getElementById(id);

/** A text node with words, as `write` takes them. */
function textNode(words) {
  const node = document.createTextNode("");
  write(node, "", words);
  return node;
}

/** A new element with classes and children; a string child becomes text, a function gives text in each language. */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.map((child) => (typeof child === "function" ? textNode(child) : child)));
  return element;
}

/** Sets the text of an element; `words` is a text, or a function that gives it in each language. */
export const setText = (element, words) => write(element, "", words);

/** The same for an attribute, e.g. a title. */
export const setAttribute = (element, name, words) => write(element, name, words);

/** Says something in the corner for a few seconds. `kind` is good, bad or plain. */
export function toast(text, kind = "plain") {
  const list = byId("toasts");
  const item = make("li", "", text);
  item.dataset.kind = kind;
  list.append(item);
  // Above every window that is open.
  list.popover = "manual";
  list.hidePopover?.();
  list.showPopover?.();
  while (list.children.length > 4) list.firstElementChild.remove();
  setTimeout(() => item.remove(), kind === "bad" ? 9000 : 5000);
}

/** Words in an element with `data-state` beside it, for colours and for tests. */
export function setStatus(element, state, words) {
  element.dataset.state = state;
  setText(element, words);
}

/** The same label with its last number one higher: `arena-3` is followed by `arena-4`. */
export function nextVersion(version) {
  const match = /^(.*?)(\d+)(\D*)$/s.exec(version ?? "");
  if (match) {
    const [, before, number, after] = match;
    return before + String(BigInt(number) + 1n).padStart(number.length, "0") + after;
  }
  return version ? `${version}-2` : "1";
}

/** A duration in the two largest fitting words. */
export function age(ms) {
  if (!Number.isFinite(ms)) return "–";
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 2) return t("time.now");
  if (seconds < 60) return fill("time.seconds", { n: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return fill("time.minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? fill("time.hours", { h: hours, m: minutes % 60 }) : fill("time.days", { n: Math.floor(hours / 24) });
}

/** Milliseconds for people: `84 ms`, `1.25 s`. */
export function duration(ms) {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return "–";
  if (ms < 1000) return fill("time.ms", { n: Math.round(ms) });
  return fill("time.seconds", { n: number(ms / 1000, { minimumFractionDigits: 2, maximumFractionDigits: 2 }) });
}

/** The rows of a table body, one for each item, reused by key. `fill(row, item)` writes into a row. */
export function keyedRows(body, items, key, create, fill) {
  const known = new Map([...body.children].map((row) => [row.dataset.key, row]));
  let place = body.firstElementChild;
  for (const item of items) {
    const id = String(key(item));
    let row = known.get(id);
    if (row) {
      known.delete(id);
    } else {
      row = create(item);
      row.dataset.key = id;
    }
    if (row === place) place = place.nextElementSibling;
    else body.insertBefore(row, place);
    fill(row, item);
  }
  for (const row of known.values()) row.remove();
}
