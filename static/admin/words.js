// What the editor knows of each word: completions while typing, and explanations under the pointer.

import { make } from "./dom.js";
import { fill, t } from "./i18n.js";
import { rangeOf } from "./reference.js";

const WORD = /[A-Za-z_]\w*/;

/** A box with a signature, a text and, for a hook, its parameters. */
function card(title, text, params = []) {
  const box = make("div", "word-card", make("code", "", title));
  if (text) box.append(make("p", "", text));
  if (params.length > 0) {
    const list = make("ul");
    for (const { name, doc } of params) list.append(make("li", "", make("code", "", name), ` ${doc}`));
    box.append(list);
  }
  return box;
}

const hookCard = (hook) => card(`${hook.signature} → ${hook.returns}`, hook.doc, hook.params);
const tuningCard = (field) => card(`${field.name}: ${rangeOf(field)}`, field.doc);
const functionCard = (one) => card(one.forms.join("\n"), one.doc);

/** Name of the hook or function around a place, by the last `fn` before it. */
function functionAround(text, at) {
  const before = text.slice(0, at);
  const start = before.lastIndexOf("\nfn ") + 1 || (before.startsWith("fn ") ? 0 : -1);
  if (start < 0) return null;
  // A brace in the first column ends a function.
  return before.indexOf("\n}", start) < 0 ? (/^fn\s+(\w+)/.exec(before.slice(start))?.[1] ?? null) : null;
}

/** Whether a place is among the entries of the map of tuning numbers. */
function inTuning(text, at) {
  const before = text.slice(0, at);
  const start = before.lastIndexOf("TUNING");
  return start >= 0 && /^TUNING\s*=\s*#\{[^{}]*$/.test(before.slice(start));
}

/** Whether a place is in a comment or a text, as far as its line tells. */
function isProse(line) {
  return /\/\//.test(line) || (line.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1;
}

/** Puts a whole hook in place of the word and selects its body, ready to be replaced. */
function insertHook(hook) {
  const code = hook.starter.trimEnd();
  return (view, _completion, from, to) => {
    const line = view.state.doc.lineAt(from);
    const start = /^\s*fn\s+$/.test(view.state.sliceDoc(line.from, from)) ? line.from : from;
    const body = code.indexOf("\n") + 5;
    view.dispatch({
      changes: { from: start, to, insert: code },
      selection: { anchor: start + body, head: start + code.lastIndexOf("\n") },
      scrollIntoView: true,
      userEvent: "input.complete",
    });
  };
}

function ownWords(text) {
  const options = [];
  for (const [, kind, name, params] of text.matchAll(/^[ \t]*(fn|const|let)\s+(\w+)\s*(\([^)]*\))?/gm)) {
    options.push({ label: name, type: kind === "fn" ? "function" : "variable", detail: params ?? "" });
  }
  return options;
}

/** Completions and explanations from the server's reference. */
export class Words {
  constructor(reference) {
    this.hooks = new Map(reference.hooks.map((hook) => [hook.name, hook]));
    this.cards = new Map();
    for (const hook of reference.hooks) this.cards.set(hook.name, () => hookCard(hook));
    for (const field of reference.tuning) this.cards.set(field.name, () => tuningCard(field));
    for (const one of reference.functions) this.cards.set(one.name, () => functionCard(one));
    for (const one of reference.constants) this.cards.set(one.name, () => card(one.name, () => fill("word.constant", one)));
    this.cards.set("TUNING", () => card("const TUNING = #{ name: value };", () => t("word.tuning")));

    this.hookOptions = reference.hooks.map((hook) => ({
      label: hook.name,
      displayLabel: hook.signature,
      type: "hook",
      detail: `→ ${hook.returns}`,
      info: () => hookCard(hook),
      apply: insertHook(hook),
      boost: 20,
    }));
    this.tuningOptions = reference.tuning.map((field) => ({
      label: field.name,
      type: "constant",
      detail: String(field.default),
      info: () => tuningCard(field),
    }));
    this.entryOptions = this.tuningOptions.map((option, index) => {
      const { default: value } = reference.tuning[index];
      return { ...option, apply: `${option.label}: ${Number.isInteger(value) ? value.toFixed(1) : value},` };
    });
    const functions = (method) =>
      reference.functions
        .filter((one) => one.method === method)
        .map((one) => ({
          label: one.name,
          displayLabel: one.forms[0].slice(one.forms[0].indexOf(".") + 1),
          type: method ? "method" : "function",
          info: () => functionCard(one),
          apply: one.name + (/\(\)/.test(one.forms[0]) ? "()" : "("),
        }));
    this.functionOptions = functions(false);
    this.methodOptions = functions(true);
    this.constantOptions = reference.constants.map((one) => ({ label: one.name, type: "constant", detail: String(one.value) }));
    this.keywordOptions = reference.keywords.map((label) => ({ label, type: "keyword", boost: -10 }));
    this.topOptions = [
      ...this.hookOptions,
      { label: "const TUNING", type: "hook", apply: "const TUNING = #{\n    \n};", boost: 10 },
      ...["const ", "fn "].map((label) => ({ label: label.trim(), type: "keyword", apply: label })),
    ];
  }

  /** For CodeMirror: what could be meant by the word before the cursor. */
  complete(context) {
    const text = context.state.doc.toString();
    const line = context.state.doc.lineAt(context.pos);
    const before = text.slice(line.from, context.pos);
    if (isProse(before)) return null;
    const word = context.matchBefore(/[A-Za-z_]\w*$/);
    const from = word?.from ?? context.pos;
    if (/\.\s*\w*$/.test(before) && !/\d\.\w*$/.test(before)) {
      return { from, options: this.methodOptions, validFor: /^\w*$/ };
    }
    if (!word && !context.explicit) return null;
    if (inTuning(text, context.pos)) {
      const taken = (option) => new RegExp(`^\\s*${option.label}\\s*:`, "m").test(text);
      return { from, options: this.entryOptions.filter((option) => !taken(option)), validFor: /^\w*$/ };
    }
    const around = functionAround(text, from);
    if (around === null) {
      const others = text.slice(0, from) + text.slice(context.pos);
      const isDefined = ({ label, type }) => type === "hook" && new RegExp(`\\bfn\\s+${label}\\s*\\(|^${label}\\b`, "m").test(others);
      const options = /\bfn\s+\w*$/.test(before) ? this.hookOptions : this.topOptions;
      return { from, options: options.filter((option) => !isDefined(option)), validFor: /^\w*$/ };
    }
    const params = (this.hooks.get(around)?.params ?? []).map(({ name, doc }) => ({ label: name, type: "variable", detail: doc, boost: 15 }));
    const seen = new Set(params.map((option) => option.label));
    const own = ownWords(text).filter(({ label }) => !seen.has(label) && seen.add(label) && !this.hooks.has(label) && label !== "TUNING" && label !== word?.text);
    const options = [...params, ...own, ...this.functionOptions, ...this.tuningOptions, ...this.constantOptions, ...this.keywordOptions];
    return { from, options, validFor: /^\w*$/ };
  }

  /** For CodeMirror: what the word at a place means. */
  explain(view, at) {
    const line = view.state.doc.lineAt(at);
    for (const match of line.text.matchAll(new RegExp(WORD, "g"))) {
      const from = line.from + match.index;
      const to = from + match[0].length;
      if (at < from || at > to || isProse(line.text.slice(0, match.index))) continue;
      const hook = this.hooks.get(functionAround(view.state.doc.toString(), from));
      const param = hook?.params.find(({ name }) => name === match[0]);
      const dom = param ? () => card(param.name, param.doc) : this.cards.get(match[0]);
      return dom ? { pos: from, end: to, above: true, create: () => ({ dom: dom() }) } : null;
    }
    return null;
  }
}
