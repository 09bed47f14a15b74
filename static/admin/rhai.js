// The language of the rules for the editor: colours, indentation and folding.

import { HighlightStyle, StreamLanguage, foldService, tags } from "./vendor/codemirror.js";

const KEYWORDS = new Set(
  "fn let const if else switch while loop do until for in break continue return throw private".split(" "),
);
// Words of the wider language that rules may not use: coloured as what they would be, and refused by the check.
const FORBIDDEN = new Set("try catch import export as global this eval Fn call curry is_def_var is_def_fn".split(" "));
const ATOMS = new Set(["true", "false"]);
// What the game looks for in a script; the names of its hooks come from the server.
const HOOKS = new Set(["TUNING"]);
const INDENT = 4;

/** Colours these names as the game's own from now on. */
export function learnHooks(names) {
  names.forEach((name) => HOOKS.add(name));
}

/** Reads the rest of a block comment, which may hold others. */
function comment(stream, state) {
  while (!stream.eol()) {
    if (stream.match("/*")) state.comments += 1;
    else if (stream.match("*/")) {
      state.comments -= 1;
      if (state.comments === 0) break;
    } else stream.next();
  }
  return "comment";
}

/** Reads a text between back ticks up to its end, or up to code in it. */
function template(stream, state) {
  while (!stream.eol()) {
    if (stream.match("${", false)) {
      // Code begins; the dollar sign belongs to the text.
      stream.next();
      return "string";
    }
    if (stream.next() === "`") {
      if (stream.eat("`")) continue;
      state.nesting.pop();
      break;
    }
  }
  return "string";
}

function quoted(stream, quote) {
  for (let escaped = false, next; (next = stream.next()) !== undefined; ) {
    if (next === quote && !escaped) break;
    escaped = !escaped && next === "\\";
  }
  return quote === "'" ? "character" : "string";
}

function word(stream, state) {
  const text = stream.current();
  const before = state.last;
  state.last = text;
  if (KEYWORDS.has(text)) return "keyword";
  if (FORBIDDEN.has(text)) return "invalid";
  if (ATOMS.has(text)) return "atom";
  if (HOOKS.has(text)) return "hook";
  if (before === "fn") return "definition";
  if (before === ".") return stream.match(/^\s*\(/, false) ? "call" : "propertyName";
  return stream.match(/^\s*\(/, false) ? "call" : "variableName";
}

function token(stream, state) {
  if (state.comments > 0) return comment(stream, state);
  if (state.nesting.at(-1) === "`" && !stream.match("{", false)) return template(stream, state);
  if (stream.eatSpace()) return null;
  if (stream.match("//")) {
    stream.skipToEnd();
    return "comment";
  }
  if (stream.match("/*")) {
    state.comments = 1;
    return comment(stream, state);
  }
  if (stream.match(/^[A-Za-z_]\w*/)) return word(stream, state);
  if (stream.match(/^(0x[\da-f_]+|0b[01_]+|0o[0-7_]+|\d[\d_]*(\.(?!\.|[A-Za-z_])[\d_]*)?(e[+-]?\d+)?)/i)) {
    state.last = "";
    return "number";
  }
  if (stream.match("#{")) {
    state.nesting.push("{");
    state.last = "";
    return "brace";
  }
  const next = stream.next();
  state.last = next;
  if (next === '"' || next === "'") return quoted(stream, next);
  if (next === "`") {
    state.nesting.push("`");
    return template(stream, state);
  }
  if ("{[(".includes(next)) {
    state.nesting.push(next);
    return "brace";
  }
  if ("}])".includes(next)) {
    // A text goes on after the code in it.
    if (state.nesting.length > 0 && state.nesting.at(-1) !== "`") state.nesting.pop();
    return "brace";
  }
  return "+-*/%=<>!&|^~.".includes(next) ? "operator" : "punctuation";
}

export const rhai = StreamLanguage.define({
  name: "rhai",
  startState: () => ({ comments: 0, nesting: [], last: "" }),
  copyState: (state) => ({ ...state, nesting: [...state.nesting] }),
  token,
  indent(state, textAfter) {
    if (state.comments > 0 || state.nesting.includes("`")) return null;
    const closing = /^\s*[}\])]/.test(textAfter) ? 1 : 0;
    return Math.max(0, state.nesting.length - closing) * INDENT;
  },
  languageData: {
    commentTokens: { line: "//", block: { open: "/*", close: "*/" } },
    closeBrackets: { brackets: ["(", "[", "{", '"', "`"] },
    indentOnInput: /^\s*[}\])]$/,
  },
  tokenTable: {
    hook: tags.special(tags.name),
    call: tags.function(tags.variableName),
    definition: tags.definition(tags.name),
  },
});

const indentOf = (text) => /^\s*/.exec(text)[0].length;

/** What opens at the end of a line folds up to the line that is indented as little as this one. */
export const folding = foldService.of((state, lineStart) => {
  const line = state.doc.lineAt(lineStart);
  if (!/[{[(]\s*(\/\/.*)?$/.test(line.text)) return null;
  let last = line.number;
  for (let number = line.number + 1; number <= state.doc.lines; number += 1) {
    const { text } = state.doc.line(number);
    if (text.trim() === "") continue;
    if (indentOf(text) <= indentOf(line.text)) break;
    last = number;
  }
  return last > line.number ? { from: line.to, to: state.doc.line(last).to } : null;
});

export const colours = HighlightStyle.define([
  { tag: tags.comment, color: "#8497b4" },
  { tag: tags.keyword, color: "#c3b1ff" },
  { tag: [tags.string, tags.character], color: "#a8dba8" },
  { tag: [tags.number, tags.atom], color: "#ffc98a" },
  { tag: tags.special(tags.name), color: "var(--gold)", fontWeight: "700" },
  { tag: tags.function(tags.variableName), color: "#8fd6f7" },
  { tag: tags.definition(tags.name), color: "#8fd6f7", fontWeight: "700" },
  { tag: tags.propertyName, color: "#c9d8ee" },
  { tag: tags.invalid, color: "var(--bad)", textDecoration: "line-through" },
  { tag: [tags.operator, tags.punctuation, tags.brace], color: "#9fb1cc" },
]);
