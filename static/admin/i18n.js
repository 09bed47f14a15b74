// The words of the control room in the reader's language, from i18n/*.json. Another language is there at once, and nothing
// that is typed gets lost: the page keeps every place that has words together with the function that writes them.

/** Each language by its code: as `<html lang>` says it, how dates and numbers are written in it, and what it calls itself. */
const LANGUAGES = {
  en: { tag: "en", locale: "en-GB", name: "English" },
  zh: { tag: "zh-Hans", locale: "zh-CN", name: "中文" },
};
// The game has the same one, as JSON: who chooses there has chosen here.
const STORED = "hotswap.language";
// Where a text node or an element keeps what writes its words, by the attribute that they go to; "" is the text itself.
const WRITERS = Symbol("writers");

const files = new Map();
const listeners = new Set();
let language = "en";
let texts = {};
let wanted = "en";

/** The words of a language; null when they cannot be had now. */
function load(code) {
  if (!files.has(code)) {
    const asked = fetch(new URL(`i18n/${code}.json`, import.meta.url))
      .then((answer) => (answer.ok ? answer.json() : null))
      .catch(() => null)
      .then((words) => {
        if (!words) files.delete(code);
        return words;
      });
    files.set(code, asked);
  }
  return files.get(code);
}

function storedLanguage() {
  try {
    return JSON.parse(localStorage.getItem(STORED));
  } catch {
    // Nothing is kept where storage is switched off.
    return null;
  }
}

/** What the address says, else what was chosen here or in the game, else the first of the browser's that is here. */
function preferredLanguage() {
  const asked = new URLSearchParams(location.search).get("lang");
  for (const tag of [asked, storedLanguage(), ...(navigator.languages ?? [])]) {
    const code = String(tag ?? "").split("-")[0].toLowerCase();
    if (Object.hasOwn(LANGUAGES, code)) return code;
  }
  return "en";
}

/** How dates and numbers are written in the language in use. */
export const locale = () => LANGUAGES[language].locale;

/** A number as the language writes it. */
export const number = (value, options) => value.toLocaleString(locale(), options);

/** The words with this key. */
export const t = (key) => texts[key] ?? key;

// One pass, so that a value (a player's name) is never taken for a placeholder.
const fillIn = (words, values) => words.replace(/\{(\w+)\}/g, (all, name) => (Object.hasOwn(values, name) ? String(values[name]) : all));

/** The words with this key; `{name}` in them is replaced. */
export const fill = (key, values) => fillIn(t(key), values);

/** The words with this key for a number of things, which is `{n}` in them: `key.one` or `key.other`, as the language has it. */
export function plural(key, n, values = {}) {
  const form = language === "en" && n === 1 ? "one" : "other";
  return fillIn(t(`${key}.${form}`), { n: number(n), ...values });
}

/** Something that this page has to say against what was asked of it; its message is in the language in use. */
export class Problem extends Error {
  constructor(words) {
    super();
    this.words = words;
  }
  get message() {
    return this.words();
  }
}

/**
 * Writes words into an attribute of an element, or, for "", into the element or text node itself. A function is asked
 * again for them in every other language; a text is somebody's own and stays.
 */
export function write(node, attribute, words) {
  const isLive = typeof words === "function";
  if (isLive) (node[WRITERS] ??= new Map()).set(attribute, words);
  else node[WRITERS]?.delete(attribute);
  // From now on its text is not the page's.
  if (attribute === "" && node.dataset) delete node.dataset.i18n;
  put(node, attribute, isLive ? words() : words);
}

function put(node, attribute, text) {
  if (attribute !== "") node.setAttribute(attribute, text);
  // An untouched node keeps its selection.
  else if (node.textContent !== text) node.textContent = text;
}

/** What stands in an attribute: the function that wrote it, or its text. */
export const written = (element, attribute) => element[WRITERS]?.get(attribute) ?? element.getAttribute(attribute) ?? "";

/** Calls `heard()` after every change of language: for what is more than text. */
export function onLanguage(heard) {
  listeners.add(heard);
}

/** `data-i18n="key"` is the text of an element, `data-i18n-attr="aria-label:key; title:key"` are attributes. */
function writePage() {
  for (const element of document.querySelectorAll("[data-i18n]")) {
    const words = texts[element.dataset.i18n];
    if (words !== undefined) put(element, "", words);
  }
  for (const element of document.querySelectorAll("[data-i18n-attr]")) {
    for (const pair of element.dataset.i18nAttr.split(";")) {
      const [name, key] = pair.split(":").map((part) => part.trim());
      if (texts[key] !== undefined) put(element, name, texts[key]);
    }
  }
  const { tag, name } = LANGUAGES[nextLanguage()];
  for (const element of document.querySelectorAll("[data-next-language]")) {
    put(element, "lang", tag);
    put(element, "", name);
  }
  const nodes = document.createTreeWalker(document, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    node[WRITERS]?.forEach((words, attribute) => put(node, attribute, words()));
  }
}

/** The one that a switch leads to. */
function nextLanguage() {
  const codes = Object.keys(LANGUAGES);
  return codes[(codes.indexOf(language) + 1) % codes.length];
}

async function speak(code) {
  wanted = code;
  // English stands in, as the page is written in it.
  const words = (await load(code)) ?? (code === "en" ? null : await load("en"));
  if (!words || wanted !== code) return false;
  const isHere = files.has(code);
  language = isHere ? code : "en";
  texts = words;
  document.documentElement.lang = LANGUAGES[language].tag;
  writePage();
  listeners.forEach((heard) => heard());
  return isHere;
}

/** From now on in this language, here and when the game or this page is opened again. */
export async function choose(code) {
  if (!(await speak(code))) return;
  try {
    localStorage.setItem(STORED, JSON.stringify(code));
  } catch {
    // It holds for as long as the page is open.
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-next-language]")) choose(nextLanguage());
});

// Waited for: whatever imports this has its words from the beginning.
await speak(preferredLanguage());
