// The full editor: CodeMirror, dressed for this page. `editor.js` falls back to a plain text field without it.

import {
  Decoration,
  EditorState,
  EditorView,
  StateField,
  WidgetType,
  acceptCompletion,
  autocompletion,
  bracketMatching,
  closeBrackets,
  closeBracketsKeymap,
  codeFolding,
  completionKeymap,
  defaultKeymap,
  drawSelection,
  dropCursor,
  foldGutter,
  foldKeymap,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSelectionMatches,
  highlightSpecialChars,
  history,
  historyKeymap,
  hoverTooltip,
  indentLess,
  indentMore,
  indentOnInput,
  indentUnit,
  keymap,
  lineNumbers,
  lintGutter,
  lintKeymap,
  rectangularSelection,
  search,
  searchKeymap,
  setDiagnostics,
  setDiagnosticsEffect,
  syntaxHighlighting,
} from "./vendor/codemirror.js";
import { make, setAttribute } from "./dom.js";
import { fill, t } from "./i18n.js";
import { reference } from "./reference.js";
import { colours, folding, learnHooks, rhai } from "./rhai.js";
import { Words } from "./words.js";

// Waited for, because the names of the hooks are coloured; without an answer there is nothing to complete or explain.
const answer = await reference().catch(() => null);
const words = answer && new Words(answer);
learnHooks(answer?.hooks.map((hook) => hook.name) ?? []);

// What the editor itself says, as it asks for it.
const PHRASES = {
  Find: "code.find",
  Replace: "code.replace_with",
  next: "code.next",
  previous: "code.previous",
  all: "code.all",
  "match case": "code.match_case",
  regexp: "code.regexp",
  "by word": "code.by_word",
  replace: "code.replace",
  "replace all": "code.replace_all",
  close: "code.close",
  "current match": "code.current_match",
  "on line": "code.on_line",
  "replaced match on line $": "code.replaced_on_line",
  "replaced $ matches": "code.replaced",
  "Go to line": "code.go_to_line",
  go: "code.go",
  "Folded lines": "code.folded_lines",
  "Unfolded lines": "code.unfolded_lines",
  "folded code": "code.folded_code",
  unfold: "code.unfold",
  to: "code.to",
  Completions: "code.completions",
  Diagnostics: "code.diagnostics",
  "No diagnostics": "code.no_diagnostics",
  "Control character": "code.control_character",
  "Selection deleted": "code.selection_deleted",
};
/** Asked for at each use, so that they follow the language. */
const phrases = {};
for (const [said, key] of Object.entries(PHRASES)) {
  Object.defineProperty(phrases, said, { enumerable: true, get: () => t(key) });
}

/** What folds a line, or opens it again: the editor keeps it, so it follows the language by itself. */
function foldMarker(open) {
  const marker = make("span", "", open ? "⌄" : "›");
  setAttribute(marker, "title", () => t(open ? "code.fold_line" : "code.unfold_line"));
  return marker;
}

/** Place in the document of a line and a column in characters, both from 1. */
export function placeOf(doc, line, column = 1) {
  const { from, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return from + [...text].slice(0, Math.max(column, 1) - 1).join("").length;
}

/** CodeMirror's own form of the server's remarks. */
function diagnosticsOf(doc, remarks) {
  const found = remarks.map(({ severity, message, line, column, suggestion }) => {
    const from = placeOf(doc, line ?? 1, column ?? 1);
    const rest = doc.sliceString(from, doc.lineAt(from).to);
    const length = /^\w+/.exec(rest)?.[0].length ?? Math.min(rest.length, 1);
    const actions = suggestion
      ? [{ name: fill("code.write", { suggestion }), apply: (view, start, end) => view.dispatch({ changes: { from: start, to: end, insert: suggestion } }) }]
      : [];
    return { from, to: from + length, severity: severity ?? "error", message, actions };
  });
  return found.sort((a, b) => a.from - b.from || a.to - b.to);
}

/** The first remark of each line, written behind it: nobody has to point at anything to read it. */
class RemarkWidget extends WidgetType {
  constructor(severity, message) {
    super();
    this.severity = severity;
    this.message = message;
  }
  eq(other) {
    return other.severity === this.severity && other.message === this.message;
  }
  toDOM() {
    return make("span", `cm-remark cm-remark-${this.severity}`, this.message);
  }
}

const remarks = StateField.define({
  create: () => Decoration.none,
  update(shown, transaction) {
    // While a line is being rewritten, its remark is more in the way than of help.
    if (transaction.docChanged) shown = Decoration.none;
    for (const effect of transaction.effects) {
      if (!effect.is(setDiagnosticsEffect)) continue;
      const lines = new Map();
      for (const { from, severity, message } of effect.value) {
        const line = transaction.state.doc.lineAt(from);
        const first = lines.get(line.to);
        if (!first || (first.severity === "warning" && severity === "error")) lines.set(line.to, { severity, message });
      }
      const widgets = [...lines].sort(([a], [b]) => a - b).map(([at, { severity, message }]) => widget(severity, message).range(at));
      shown = Decoration.set(widgets);
    }
    return shown;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const widget = (severity, message) => Decoration.widget({ widget: new RemarkWidget(severity, message), side: 1 });

const theme = EditorView.theme(
  {
    "&": { flex: "1", minWidth: "0", height: "100%", color: "#dbe4f2", backgroundColor: "transparent" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { font: "13px/20px var(--mono)", fontVariantLigatures: "none", scrollbarWidth: "thin", scrollbarColor: "var(--line-strong) var(--field)" },
    ".cm-content": { caretColor: "var(--gold)", padding: "8px 0 40px" },
    ".cm-line": { padding: "0 12px" },
    ".cm-cursor": { borderLeftColor: "var(--gold)", borderLeftWidth: "2px" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "rgb(126 214 255 / 0.24)" },
    ".cm-activeLine": { backgroundColor: "rgb(126 214 255 / 0.055)" },
    ".cm-gutters": { backgroundColor: "var(--field)", color: "#7485a1", borderRight: "1px solid var(--line)" },
    ".cm-activeLineGutter": { backgroundColor: "rgb(126 214 255 / 0.055)", color: "var(--text)" },
    ".cm-foldGutter span": { color: "#7485a1", cursor: "pointer" },
    ".cm-foldPlaceholder": { background: "var(--raised)", border: "1px solid var(--line-strong)", color: "var(--muted)", padding: "0 6px" },
    "&.cm-focused .cm-matchingBracket": { background: "rgb(255 206 92 / 0.2)", outline: "1px solid rgb(255 206 92 / 0.55)" },
    "&.cm-focused .cm-nonmatchingBracket": { background: "rgb(255 106 70 / 0.3)" },
    ".cm-selectionMatch": { background: "rgb(126 214 255 / 0.13)" },
    ".cm-searchMatch": { background: "rgb(255 206 92 / 0.25)" },
    ".cm-searchMatch-selected": { background: "rgb(255 154 77 / 0.5)" },
    ".cm-remark": { marginLeft: "3ch", padding: "1px 9px", borderRadius: "4px", font: "500 12px/18px system-ui, sans-serif", userSelect: "none" },
    ".cm-remark-error": { background: "#3a1910", color: "#ffb39c" },
    ".cm-remark-warning": { background: "#33290e", color: "#ffe1a0" },
    ".cm-panels": { background: "var(--raised)", color: "var(--text)" },
    ".cm-panels-top": { borderBottom: "1px solid var(--line-strong)" },
    ".cm-panel.cm-search": { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "6px", padding: "8px 34px 8px 10px", font: "inherit" },
    ".cm-panel.cm-search br": { flexBasis: "100%", content: "''" },
    ".cm-panel.cm-search input, .cm-panel.cm-search button, .cm-panel.cm-search label": { margin: "0", fontSize: "12px" },
    ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", gap: "4px", color: "var(--muted)" },
    ".cm-textfield": { width: "190px", minHeight: "28px", background: "var(--field)", border: "1px solid var(--line-strong)", borderRadius: "6px" },
    ".cm-button": { minHeight: "28px", padding: "0 10px", background: "var(--plate)", backgroundImage: "none", border: "1px solid var(--line-strong)", borderRadius: "6px", color: "var(--text)" },
    ".cm-panel.cm-search [name=close]": { top: "8px", right: "10px", minHeight: "24px", padding: "0 6px", color: "var(--muted)", fontSize: "16px" },
    ".cm-tooltip": { maxWidth: "min(460px, 92vw)", border: "1px solid var(--line-strong)", borderRadius: "8px", background: "#131c2c", color: "var(--text)", boxShadow: "0 10px 34px rgb(0 0 0 / 0.5)" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul": { maxHeight: "230px", font: "13px/20px var(--mono)" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 10px" },
    ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "#2a3d5c", color: "#fff" },
    ".cm-completionMatchedText": { textDecoration: "none", color: "var(--gold)" },
    ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal" },
    ".cm-completionIcon": { width: "1.4em", paddingRight: "6px", opacity: "1", fontSize: "100%" },
    ".cm-completionIcon-hook:after": { content: "'●'", color: "var(--gold)" },
    ".cm-completionIcon-constant:after": { content: "'#'", color: "#ffc98a" },
    ".cm-completionIcon-function:after, .cm-completionIcon-method:after": { content: "'ƒ'", color: "#8fd6f7" },
    ".cm-completionIcon-variable:after": { content: "'x'", color: "#c9d8ee" },
    ".cm-completionIcon-keyword:after": { content: "'¶'", color: "#c3b1ff" },
    ".cm-tooltip.cm-completionInfo": { padding: "0" },
    ".word-card": { padding: "9px 12px", font: "13px/1.45 system-ui, sans-serif" },
    ".word-card > code": { display: "block", color: "var(--gold)", font: "600 12px/1.5 var(--mono)", whiteSpace: "pre-wrap" },
    ".word-card p": { marginTop: "4px", color: "#d3deee" },
    ".word-card ul": { marginTop: "6px", color: "var(--muted)" },
    ".word-card li code": { color: "var(--text)", font: "12px var(--mono)" },
    ".cm-diagnostic": { padding: "7px 12px", font: "13px/1.45 system-ui, sans-serif" },
    ".cm-diagnostic-error": { borderLeft: "4px solid var(--bad)" },
    ".cm-diagnostic-warning": { borderLeft: "4px solid var(--gold)" },
    ".cm-diagnosticAction": { minHeight: "24px", padding: "0 9px", border: "0", borderRadius: "6px", background: "var(--gold)", color: "#201005", fontWeight: "650" },
    ".cm-gutter-lint": { width: "16px" },
    ".cm-gutter-lint .cm-gutterElement": { padding: "4px 2px" },
    ".cm-lint-marker": { width: "12px", height: "12px" },
    ".cm-specialChar": { color: "var(--bad)" },
  },
  { dark: true },
);

/** Indents whole lines, or moves on to the next column of four. */
function tab(view) {
  if (acceptCompletion(view)) return true;
  const { state } = view;
  if (state.selection.ranges.some((range) => !range.empty)) return indentMore(view);
  const line = state.doc.lineAt(state.selection.main.head);
  const width = 4 - ((state.selection.main.head - line.from) % 4);
  view.dispatch(state.update(state.replaceSelection(" ".repeat(width)), { scrollIntoView: true, userEvent: "input" }));
  return true;
}

/** `handlers` has change(), check(), publish() and moved(line, column). */
export class CodeView {
  constructor(parent, text, handlers) {
    const command = (run) => () => {
      run();
      return true;
    };
    this.extensions = [
      keymap.of([
        { key: "Mod-s", preventDefault: true, run: command(handlers.check) },
        { key: "Mod-Enter", preventDefault: true, run: command(handlers.publish) },
        { key: "Tab", run: tab, shift: indentLess },
        ...closeBracketsKeymap,
        ...completionKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...foldKeymap,
        ...lintKeymap,
        ...defaultKeymap,
      ]),
      lintGutter({ hoverTime: 150 }),
      lineNumbers(),
      foldGutter({ markerDOM: foldMarker }),
      codeFolding({ placeholderText: "…" }),
      folding,
      history(),
      drawSelection(),
      dropCursor(),
      rectangularSelection(),
      highlightSpecialChars(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      highlightSelectionMatches(),
      bracketMatching(),
      closeBrackets(),
      indentUnit.of("    "),
      EditorState.tabSize.of(4),
      indentOnInput(),
      rhai,
      syntaxHighlighting(colours),
      autocompletion({ override: [(context) => words?.complete(context) ?? null], icons: true, maxRenderedOptions: 80 }),
      hoverTooltip((view, at) => words?.explain(view, at) ?? null, { hoverTime: 350 }),
      search({ top: true }),
      remarks,
      theme,
      EditorState.phrases.of(phrases),
      EditorView.contentAttributes.of(() => ({
        "aria-label": t("rules.script"),
        "aria-describedby": "script-status editor-keys",
        spellcheck: "false",
        autocorrect: "off",
        autocapitalize: "off",
        translate: "no",
      })),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) handlers.change();
        if (update.docChanged || update.selectionSet) this.tellPlace(handlers);
      }),
    ];
    this.view = new EditorView({ parent, state: this.stateOf(text) });
  }

  stateOf(text) {
    return EditorState.create({ doc: text, extensions: this.extensions });
  }

  tellPlace(handlers) {
    const { head } = this.view.state.selection.main;
    const line = this.view.state.doc.lineAt(head);
    handlers.moved(line.number, head - line.from + 1);
  }

  get text() {
    return this.view.state.doc.toString();
  }

  /** Replaces everything and forgets what could be undone. */
  load(text) {
    this.view.setState(this.stateOf(text));
  }

  /** Replaces everything as if it were typed: undo takes it back. */
  replace(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, userEvent: "input.replace" });
  }

  /** Replaces a part as if it were typed, and shows it. */
  edit({ from, to, insert }) {
    const effects = EditorView.scrollIntoView(from, { y: "nearest", yMargin: 60 });
    this.view.dispatch({ changes: { from, to, insert }, effects, userEvent: "input.replace" });
  }

  /** Shows the server's remarks and no others. The same ones again would only close what is open. */
  show(list) {
    const { state } = this.view;
    const said = JSON.stringify(list);
    if (this.shown?.doc === state.doc && this.shown.said === said) return;
    this.shown = { doc: state.doc, said };
    this.view.dispatch(setDiagnostics(state, diagnosticsOf(state.doc, list)));
  }

  /** Says everything anew, in another language. An open search opens anew. */
  speak() {
    this.shown = null;
    this.view.dispatch({});
    if (!this.view.dom.querySelector(".cm-search")) return;
    const focused = document.activeElement;
    for (const key of ["Escape", "Mod-f"]) searchKeymap.find((one) => one.key === key).run(this.view);
    focused?.focus();
  }

  reveal(line) {
    const effects = EditorView.scrollIntoView(placeOf(this.view.state.doc, line), { y: "nearest", yMargin: 60 });
    this.view.dispatch({ effects });
  }

  goTo(line, column) {
    const at = placeOf(this.view.state.doc, line, column);
    this.view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    this.view.focus();
  }

  append(text) {
    const { doc } = this.view.state;
    const end = doc.length;
    const tail = doc.sliceString(Math.max(0, end - 2));
    const gap = end === 0 || tail === "\n\n" ? "" : tail.endsWith("\n") ? "\n" : "\n\n";
    const at = end + gap.length;
    this.view.dispatch({
      changes: { from: end, insert: gap + text },
      selection: { anchor: at },
      effects: EditorView.scrollIntoView(at, { y: "center" }),
      userEvent: "input",
    });
    this.view.focus();
  }

  focus() {
    this.view.focus();
  }
}
