// Small helpers around the page. Whatever comes from the server or from players is set as text, never as HTML.

export const byId = (id) => document.getElementById(id);

/** A new element with classes and children; a string child becomes text. */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Sets the text of an element, if it is another one: an untouched node keeps its selection. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

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

/** Text in an element with `data-state` beside it, for colours and for tests. */
export function setStatus(element, state, text) {
  element.dataset.state = state;
  setText(element, text);
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

/** `1 player`, `2 players`. */
export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** A duration in the two largest fitting words. */
export function age(ms) {
  if (!Number.isFinite(ms)) return "–";
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

/** Milliseconds for people: `84 ms`, `1.25 s`. */
export function duration(ms) {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return "–";
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
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
