// The script editor: a real textarea, so that undo, selection, input methods and screen readers just work, over a
// painted copy of the lines in sight with colours, line numbers and the error mark.

import { byId, make } from "./dom.js";

const LINE = 20;
const PADDING = 8;
const KEYWORDS = new Set(
  "fn let const if else for in while loop do until return break continue switch true false throw try catch global private".split(" "),
);
const HOOKS = new Set(["move_player", "strike", "move_orb", "spawn_point", "on_kill", "TUNING"]);
const TOKEN = /\/\/.*|\/\*|"(?:\\.|[^"\\])*"?|`[^`]*`?|'(?:\\.|[^'\\])'|\b\d[\w.]*|[A-Za-z_]\w*/g;

/** The parts of a line as [class, text], and whether a comment goes on in the next one. */
function tokenise(line, inComment) {
  const parts = [];
  let at = 0;
  const push = (kind, end) => {
    if (end > at) parts.push([kind, line.slice(at, end)]);
    at = end;
  };
  if (inComment) {
    const end = line.indexOf("*/");
    if (end < 0) return [[["comment", line]], true];
    push("comment", end + 2);
  }
  TOKEN.lastIndex = at;
  for (let match; (match = TOKEN.exec(line)); TOKEN.lastIndex = at) {
    push("", match.index);
    const text = match[0];
    if (text === "/*") {
      const end = line.indexOf("*/", at + 2);
      if (end < 0) {
        push("comment", line.length);
        return [parts, true];
      }
      push("comment", end + 2);
      continue;
    }
    push(kindOf(text, line[match.index + text.length]), match.index + text.length);
  }
  push("", line.length);
  return [parts, false];
}

function kindOf(text, next) {
  if (text.startsWith("//")) return "comment";
  if (/^["'`]/.test(text)) return "string";
  if (/^\d/.test(text)) return "digits";
  if (KEYWORDS.has(text)) return "keyword";
  if (HOOKS.has(text)) return "hook";
  return next === "(" ? "call" : "";
}

export class Editor {
  /** `handlers` has change(), check() and publish(). */
  constructor(handlers) {
    this.area = byId("script");
    this.gutter = byId("gutter");
    this.paintLayer = byId("paint");
    this.error = null;
    this.lines = [""];
    this.comments = [false];
    this.leaving = false;
    this.handlers = handlers;
    const area = this.area;
    area.addEventListener("input", () => this.edited());
    area.addEventListener("scroll", () => this.paint(), { passive: true });
    area.addEventListener("keydown", (event) => this.key(event));
    area.addEventListener("blur", () => (this.leaving = false));
    document.addEventListener("selectionchange", () => document.activeElement === area && this.paint());
    new ResizeObserver(() => this.paint()).observe(area);
  }

  get text() {
    return this.area.value;
  }

  /** Replaces everything, e.g. by another release. */
  load(text) {
    this.area.value = text;
    this.area.setSelectionRange(0, 0);
    this.area.scrollTo(0, 0);
    this.error = null;
    this.split();
    this.paint();
  }

  /** Marks a line, from 1, with a message; null takes the mark away. */
  mark(error) {
    this.error = error && error.line ? error : null;
    this.paint();
  }

  /** Shows a line, from 1, without moving the cursor. */
  reveal(line) {
    const top = (line - 1) * LINE;
    const { scrollTop, clientHeight } = this.area;
    if (top < scrollTop || top > scrollTop + clientHeight - 3 * LINE) this.area.scrollTop = Math.max(0, top - clientHeight / 3);
    this.paint();
  }

  /** Puts the cursor at a line and column, both from 1, and shows it. */
  goTo(line, column = 1) {
    const index = Math.min(line, this.lines.length) - 1;
    const start = this.lines.slice(0, index).reduce((sum, text) => sum + text.length + 1, 0);
    const at = start + Math.min(Math.max(column, 1) - 1, this.lines[index].length);
    this.area.focus();
    this.area.setSelectionRange(at, at);
    this.area.scrollTop = Math.max(0, index * LINE - this.area.clientHeight / 3);
    this.paint();
  }

  /** Types text at the cursor, so that undo takes it back. */
  type(text) {
    this.area.focus();
    // Deprecated, but the only way into a textarea's own undo history.
    if (!document.execCommand("insertText", false, text)) {
      this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
      this.edited();
    }
  }

  /** Adds a new function or constant at the end and goes there. */
  append(text) {
    const end = this.text.length;
    this.area.focus();
    this.area.setSelectionRange(end, end);
    const gap = this.text.endsWith("\n\n") || end === 0 ? "" : this.text.endsWith("\n") ? "\n" : "\n\n";
    const line = this.lines.length + gap.length;
    this.type(gap + text);
    this.goTo(line, 1);
  }

  edited() {
    // A mark on a line that is being rewritten is more in the way than of help; the next check brings it back.
    if (this.error) this.error = null;
    this.split();
    this.paint();
    this.handlers.change();
  }

  split() {
    this.lines = this.text.split("\n");
    this.comments = [];
    let inside = false;
    for (const line of this.lines) {
      this.comments.push(inside);
      if (inside || line.includes("/*")) inside = tokenise(line, inside)[1];
    }
  }

  key(event) {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "s") {
      event.preventDefault();
      this.handlers.check();
    } else if (command && event.key === "Enter") {
      event.preventDefault();
      this.handlers.publish();
    } else if (event.key === "Escape") {
      this.leaving = true;
      return;
    } else if (event.key === "Tab" && !command && !event.altKey && !this.leaving) {
      event.preventDefault();
      if (event.shiftKey) this.outdent();
      else this.indent();
    } else if (event.key === "Enter" && !command && !event.isComposing) {
      event.preventDefault();
      this.breakLine();
    }
    if (!["Shift", "Control", "Alt", "Meta", "Tab"].includes(event.key)) this.leaving = false;
  }

  /** The selection, widened to whole lines. */
  selectWholeLines() {
    const { selectionStart, selectionEnd } = this.area;
    const start = this.text.lastIndexOf("\n", selectionStart - 1) + 1;
    const found = this.text.indexOf("\n", Math.max(selectionEnd - 1, selectionStart));
    const end = found < 0 ? this.text.length : found;
    this.area.setSelectionRange(start, end);
    return this.text.slice(start, end);
  }

  indent() {
    const { selectionStart, selectionEnd } = this.area;
    if (!this.text.slice(selectionStart, selectionEnd).includes("\n")) return this.type("  ");
    this.replaceLines(this.selectWholeLines().replace(/^(?=.)/gm, "  "));
  }

  outdent() {
    const { selectionStart, selectionEnd } = this.area;
    const several = this.text.slice(selectionStart, selectionEnd).includes("\n");
    const before = this.selectWholeLines();
    const after = before.replace(/^ {1,2}|^\t/gm, "");
    if (after !== before) this.replaceLines(after, several ? null : selectionStart - (before.length - after.length));
    else if (!several) this.area.setSelectionRange(selectionStart, selectionEnd);
  }

  replaceLines(text, cursor = null) {
    const start = this.area.selectionStart;
    this.type(text);
    if (cursor === null) this.area.setSelectionRange(start, start + text.length);
    else this.area.setSelectionRange(Math.max(start, cursor), Math.max(start, cursor));
  }

  breakLine() {
    const before = this.text.slice(0, this.area.selectionStart);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const deeper = /[{[(]\s*$/.test(line) ? "    " : "";
    this.type("\n" + /^[ \t]*/.exec(line)[0] + deeper);
  }

  cursor() {
    const before = this.text.slice(0, this.area.selectionEnd);
    const line = before.split("\n").length;
    return { line, column: before.length - before.lastIndexOf("\n") };
  }

  /** Draws the lines in sight. */
  paint() {
    const { scrollTop, scrollLeft, clientHeight } = this.area;
    const first = Math.max(0, Math.floor((scrollTop - PADDING) / LINE) - 2);
    const last = Math.min(this.lines.length, first + Math.ceil(clientHeight / LINE) + 6);
    const at = this.cursor();
    const numbers = [];
    const painted = [];
    for (let index = first; index < last; index += 1) {
      const top = `${PADDING + index * LINE - scrollTop}px`;
      const failed = this.error?.line === index + 1;
      const number = make("i", failed ? "failed" : index + 1 === at.line ? "current" : "", String(index + 1));
      number.style.top = top;
      numbers.push(number);
      const line = make("div");
      line.style.top = top;
      line.style.left = `${-scrollLeft}px`;
      for (const [kind, text] of tokenise(this.lines[index], this.comments[index])[0]) {
        line.append(kind ? make("span", kind, text) : text);
      }
      if (failed) line.append(make("b", "", this.error.message));
      painted.push(line);
    }
    this.gutter.replaceChildren(...numbers);
    this.gutter.style.width = `${Math.max(3, String(this.lines.length).length) + 2.2}ch`;
    this.paintLayer.replaceChildren(...painted);
    byId("cursor").textContent = `${at.line}:${at.column}`;
    byId("band-current").style.top = `${PADDING + (at.line - 1) * LINE - scrollTop}px`;
    byId("band-error").hidden = !this.error;
    if (this.error) byId("band-error").style.top = `${PADDING + (this.error.line - 1) * LINE - scrollTop}px`;
  }
}
