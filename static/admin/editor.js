// The script editor: a text field at once, and the full editor as soon as its code has come. The text field stays, hidden
// and in step, so that whatever reads or fills it works with both.

import { post } from "./api.js";
import { byId } from "./dom.js";
import { onLanguage } from "./i18n.js";

const LOOK_DELAY_MS = 350;

/** Whether the full editor is here. */
const isFull = () => byId("editor").dataset.editor === "full";

/** The text field alone: for the moment before the full editor is here, and for when it does not come. */
class PlainView {
  constructor(area, handlers) {
    this.area = area;
    this.leaving = false;
    area.addEventListener("keydown", (event) => isFull() || this.key(event, handlers));
    area.addEventListener("blur", () => (this.leaving = false));
  }

  get text() {
    return this.area.value;
  }

  load(text) {
    this.area.value = text;
    this.area.setSelectionRange(0, 0);
    this.area.scrollTo(0, 0);
  }

  /** The list below the field says the same. */
  show() {}

  reveal() {}

  goTo(line, column = 1) {
    const before = this.text.split("\n").slice(0, line - 1);
    const at = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
    this.area.focus();
    this.area.setSelectionRange(at, at);
  }

  append(text) {
    const gap = this.text === "" || this.text.endsWith("\n\n") ? "" : this.text.endsWith("\n") ? "\n" : "\n\n";
    this.area.setSelectionRange(this.text.length, this.text.length);
    this.type(gap + text);
  }

  edit({ from, to, insert }) {
    const before = document.activeElement;
    this.area.setSelectionRange(from, to);
    this.type(insert);
    before?.focus();
  }

  focus() {
    this.area.focus();
  }

  type(text) {
    this.area.focus();
    // Deprecated, but the only way into a text field's own undo history.
    if (document.execCommand("insertText", false, text)) return;
    this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
    this.area.dispatchEvent(new Event("input"));
  }

  key(event, handlers) {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "s") {
      event.preventDefault();
      handlers.check();
    } else if (command && event.key === "Enter") {
      event.preventDefault();
      handlers.publish();
    } else if (event.key === "Tab" && !event.shiftKey && !command && !event.altKey && !this.leaving) {
      event.preventDefault();
      this.type("    ");
    }
    this.leaving = event.key === "Escape" || (this.leaving && event.key === "Tab");
  }
}

export class Editor {
  /** `handlers` has change(), check() and publish(). */
  constructor(handlers) {
    this.handlers = handlers;
    this.area = byId("script");
    this.view = new PlainView(this.area, handlers);
    /** What a look at the script found, and why it was refused after a test fight. */
    this.remarks = [];
    this.refusal = null;
    this.looking = null;
    this.lookTimer = 0;
    this.area.addEventListener("input", () => this.filled());
    this.area.addEventListener("focus", () => isFull() && this.view.focus());
    this.ready = this.upgrade();
  }

  async upgrade() {
    const host = byId("editor");
    try {
      const { CodeView } = await import("./code.js");
      const view = new CodeView(byId("code"), this.area.value, {
        change: () => this.edited(),
        check: this.handlers.check,
        publish: this.handlers.publish,
        moved: (line, column) => (byId("cursor").textContent = `${line}:${column}`),
      });
      const focused = document.activeElement === this.area;
      this.view = view;
      host.dataset.editor = "full";
      this.area.tabIndex = -1;
      this.area.setAttribute("aria-hidden", "true");
      if (focused) view.focus();
      this.showRemarks();
      onLanguage(() => {
        view.speak();
        this.showRemarks();
      });
    } catch (error) {
      host.dataset.editor = "plain";
      console.warn("The full editor could not be loaded; the text field does as well.", error);
    }
  }

  get text() {
    return this.view.text;
  }

  /** Replaces everything, e.g. by another release. */
  load(text) {
    this.view.load(text);
    this.area.value = text;
    this.forget();
    this.lookSoon();
  }

  /** Marks a line, from 1, with a message; null takes the mark away. */
  mark(error) {
    this.refusal = error && error.line ? error : null;
    this.showRemarks();
  }

  /** Shows a line, from 1, without moving the cursor. */
  reveal(line) {
    this.view.reveal(line);
  }

  /** Puts the cursor at a line and column, both from 1, and shows it. */
  goTo(line, column = 1) {
    this.view.goTo(line, column);
  }

  /** Adds a new function or constant at the end and goes there. */
  append(text) {
    this.view.append(text);
  }

  /** Replaces a part as if it were typed: undo takes it back. */
  edit(change) {
    this.view.edit(change);
  }

  /** Somebody wrote into the text field. */
  filled() {
    if (!isFull()) this.edited();
    else if (this.area.value !== this.view.text) this.view.replace(this.area.value);
  }

  edited() {
    if (this.area.value !== this.text) this.area.value = this.text;
    this.forget();
    this.lookSoon();
    this.handlers.change();
  }

  /** Remarks on another text. The full editor moves what it shows along until the next look. */
  forget() {
    this.remarks = [];
    this.refusal = null;
  }

  lookSoon() {
    clearTimeout(this.lookTimer);
    this.looking?.abort();
    this.lookTimer = setTimeout(() => this.look(), LOOK_DELAY_MS);
  }

  /** Asks the server for everything that is wrong or odd, without playing. */
  async look() {
    const turn = new AbortController();
    this.looking = turn;
    const script = this.text;
    try {
      const answer = await post("/api/diagnose_script", { script }, turn.signal);
      if (turn.signal.aborted || script !== this.text) return;
      this.remarks = answer.diagnostics ?? [];
      this.showRemarks();
    } catch {
      // The check that follows says what is wrong, or that the server is away.
    }
  }

  showRemarks() {
    const { refusal } = this;
    const same = (remark) => remark.line === refusal.line && remark.message === refusal.message;
    const news = refusal && !this.remarks.some(same) ? [{ ...refusal, severity: "error" }] : [];
    this.view.show([...this.remarks, ...news]);
  }
}
