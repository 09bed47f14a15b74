// Two publish at once: what the faster one did, and what to do with one's own text. Nothing of it is lost.

import { byId, make, setText } from "./dom.js";
import { compare } from "./diff.js";
import { closeView, button, moment, openView } from "./view.js";

function told(release) {
  const words = `${release.author} published #${release.number} “${release.version}”`;
  const item = make("li", "", make("b", "", words), make("span", "muted", ` ${moment(release.created_ms)}`));
  if (release.note) item.append(make("p", "muted", release.note));
  return item;
}

/**
 * Shows a conflict: `answer` is what the server said, `script` what was to be published. Gives "publish" when the
 * operator has taken the other's change over, "load" to see it in the editor, and "keep" to go on editing.
 */
export function askAboutConflict(answer, script) {
  const { based_on: base, live, since = [] } = answer;
  return new Promise((resolve) => {
    let chosen = "keep";
    const choose = (choice) => {
      chosen = choice;
      closeView();
    };
    const shown = make("div", "shown", make("p", "muted", "Comparing…"));
    const show = async (name, from, to, names) => {
      for (const tab of tabs.children) tab.setAttribute("aria-pressed", String(tab.dataset.shows === name));
      shown.replaceChildren(await compare(from, to, names).catch((error) => make("p", "problem", error.message)));
    };
    const theirs = () => show("theirs", base, live, [`#${base}, from which you started`, `#${live}, live now`]);
    const mine = () => show("mine", live, script, [`#${live}, live now`, "Yours"]);
    const tabs = make("div", "tabs", button("What they changed", "quiet", theirs), button("Yours against theirs", "quiet", mine));
    tabs.children[0].dataset.shows = "theirs";
    tabs.children[1].dataset.shows = "mine";
    const acts = make(
      "div",
      "acts",
      button("Keep editing", "", () => choose("keep")),
      button("Load theirs", "quiet", () => choose("load")),
      button(`Replace #${live} with mine`, "primary", () => choose("publish")),
    );
    const words = make("p", "lead", "Your text is still in the editor, and nothing of it was published.");
    openView("conflict", "Somebody was faster", [], words, make("ul", "since", ...since.map(told)), tabs, shown, acts);
    setText(byId("view-title"), since.length > 0 ? `${since[0].author} was faster` : "Another release is in force");
    byId("view").addEventListener("close", () => resolve(chosen), { once: true });
    theirs();
  });
}
