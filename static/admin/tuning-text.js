// The map TUNING in the text of a script: where its entries stand, and the one change that sets or removes one. Comments and
// everything else in the text stay as they are.

const SPACE = /\s/;
const WORD = /[A-Za-z_]\w*/y;

/** The end of the comment or the string that begins at `at`; `at` itself when there is none. */
function skipQuiet(text, at) {
  if (text.startsWith("//", at)) {
    const end = text.indexOf("\n", at);
    return end < 0 ? text.length : end;
  }
  if (text.startsWith("/*", at)) {
    let depth = 0;
    for (let i = at; i < text.length; i += 1) {
      if (text.startsWith("/*", i)) [depth, i] = [depth + 1, i + 1];
      else if (text.startsWith("*/", i)) [depth, i] = [depth - 1, i + 1];
      if (depth === 0) return i + 1;
    }
    return text.length;
  }
  const quote = text[at];
  if (quote !== '"' && quote !== "`" && quote !== "'") return at;
  for (let i = at + 1; i < text.length; i += 1) {
    if (text[i] === "\\") i += 1;
    else if (text[i] === quote) return i + 1;
  }
  return text.length;
}

function skipSpace(text, from) {
  let at = from;
  for (;;) {
    while (at < text.length && SPACE.test(text[at])) at += 1;
    const next = text[at] === "/" ? skipQuiet(text, at) : at;
    if (next === at) return at;
    at = next;
  }
}

function wordAt(text, at) {
  WORD.lastIndex = at;
  return WORD.exec(text)?.[0] ?? "";
}

/** Where `const TUNING = #{` ends, at the top level of the script; -1 without it. */
function findMap(text) {
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    const next = skipQuiet(text, at);
    if (next > at) {
      at = next;
      continue;
    }
    const word = wordAt(text, at);
    if (word === "const" && depth === 0) {
      let place = skipSpace(text, at + word.length);
      if (wordAt(text, place) === "TUNING") {
        place = skipSpace(text, place + 6);
        if (text[place] === "=") place = skipSpace(text, place + 1);
        return text.startsWith("#{", place) ? place + 2 : -1;
      }
    }
    if (word) at += word.length;
    else {
      if ("{[(".includes(text[at])) depth += 1;
      if ("}])".includes(text[at])) depth -= 1;
      at += 1;
    }
  }
  return -1;
}

/** The end of the expression at `from`: a comma or a bracket that it did not open. */
function endOfValue(text, from) {
  let depth = 0;
  let end = from;
  for (let at = from; at < text.length; ) {
    const next = skipQuiet(text, at);
    if (next > at) {
      if (text[at] !== "/") end = next;
      at = next;
      continue;
    }
    const char = text[at];
    if (depth === 0 && (char === "," || char === "}")) return { end, at };
    if ("{[(".includes(char)) depth += 1;
    if ("}])".includes(char)) depth -= 1;
    at += 1;
    if (!SPACE.test(char)) end = at;
  }
  return null;
}

/**
 * The map and its entries: { from, to, entries: [{ name, from, value, end, after }] }. `value` and `end` bound the value,
 * `after` is behind the comma, if there is one. Null when there is no map, or it is not finished.
 */
export function readTuning(text) {
  const from = findMap(text);
  if (from < 0) return null;
  const entries = [];
  let at = skipSpace(text, from);
  while (text[at] !== "}") {
    const start = at;
    const quoted = text[at] === '"';
    const name = quoted ? text.slice(at + 1, skipQuiet(text, at) - 1) : wordAt(text, at);
    if (!name) return null;
    at = skipSpace(text, quoted ? skipQuiet(text, at) : at + name.length);
    if (text[at] !== ":") return null;
    const value = skipSpace(text, at + 1);
    const found = endOfValue(text, value);
    if (!found || found.end === value) return null;
    const comma = text[found.at] === ",";
    const after = comma ? found.at + 1 : found.end;
    entries.push({ name, from: start, value, end: found.end, after, comma });
    at = skipSpace(text, found.at + (comma ? 1 : 0));
    if (at >= text.length) return null;
  }
  return { from, to: at, entries };
}

/** A number as Rhai reads a float. */
export function literal(number) {
  const text = String(number);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** What a value says, if it is a plain number; otherwise undefined. */
export function numberOf(text) {
  return /^-?\d[\d_]*(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text.replaceAll("_", "")) : undefined;
}

const lineEnd = (text, at) => (text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at));

/** After the comment at the top of a script that a blank line follows. */
function topOf(text) {
  const header = /^(?:[ \t]*\/\/[^\n]*\n)+(?:[ \t]*\n)+/.exec(text);
  return header ? header[0].length : 0;
}

/** The change { from, to, insert } that sets a number; null when the map cannot be read. */
export function setNumber(text, name, number) {
  const value = literal(number);
  const map = readTuning(text);
  if (!map) {
    if (findMap(text) >= 0) return null;
    const at = topOf(text);
    return { from: at, to: at, insert: `const TUNING = #{\n    ${name}: ${value},\n};\n${at < text.length ? "\n" : ""}` };
  }
  const known = map.entries.findLast((entry) => entry.name === name);
  if (known) return { from: known.value, to: known.end, insert: value };
  const last = map.entries.at(-1);
  const block = text.slice(map.from, map.to).includes("\n");
  if (!last) return { from: map.from, to: map.to, insert: block ? `${text.slice(map.from, map.to).trimEnd()}\n    ${name}: ${value},\n` : ` ${name}: ${value} ` };
  if (!block) return { from: last.after, to: last.after, insert: `${last.comma ? "" : ","} ${name}: ${value}${last.comma ? "," : ""}` };
  // Behind the last entry, its comma and the comment on its line.
  const line = text.slice(text.lastIndexOf("\n", last.from) + 1, last.from);
  const indent = /^[ \t]*/.exec(line)[0] || "    ";
  const end = Math.min(lineEnd(text, last.after), map.to);
  const rest = text.slice(last.after, end).trimEnd();
  return { from: last.end, to: last.after + rest.length, insert: `${text.slice(last.end, last.after) || ","}${rest}\n${indent}${name}: ${value},` };
}

/** The change that removes a number; null when the script does not set it. A comment beside it stays. */
export function removeNumber(text, name) {
  const entry = readTuning(text)?.entries.findLast((one) => one.name === name);
  if (!entry) return null;
  const start = text.lastIndexOf("\n", entry.from) + 1;
  const end = lineEnd(text, entry.after);
  const alone = text.slice(start, entry.from).trim() === "" && text.slice(entry.after, end).trim() === "";
  if (alone && start > 0) return { from: start - 1, to: end, insert: "" };
  const gap = /^[ \t]*/.exec(text.slice(entry.after))[0].length;
  return { from: entry.from, to: entry.after + gap, insert: "" };
}
