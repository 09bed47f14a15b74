// Two publish at once: what the faster one did, and what to do with one's own text. Nothing of it is lost.

import { turns } from "./api.js";
import { byId, make } from "./dom.js";
import { compare } from "./diff.js";
import { fill, t } from "./i18n.js";
import { closeView, button, moment, openView } from "./view.js";

function told(release) {
  const words = () => fill("conflict.published", { who: release.author, n: release.number, version: release.version });
  const item = make("li", "", make("b", "", words), " ", make("span", "muted", () => moment(release.created_ms)));
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
    const shown = make("div", "shown", make("p", "muted", () => t("diff.busy")));
    const asking = turns();
    const show = async (name, from, to, names) => {
      const isNewest = asking();
      for (const tab of tabs.children) tab.setAttribute("aria-pressed", String(tab.dataset.shows === name));
      const answer = await compare(from, to, names).catch((error) => make("p", "problem", () => error.message));
      if (isNewest()) shown.replaceChildren(answer);
    };
    const theirs = () => show("theirs", base, live, [() => fill("conflict.base", { n: base }), () => fill("conflict.live", { n: live })]);
    const mine = () => show("mine", live, script, [() => fill("conflict.live", { n: live }), () => t("conflict.yours")]);
    const tabs = make("div", "tabs", button(() => t("conflict.theirs"), "quiet", theirs), button(() => t("conflict.both"), "quiet", mine));
    tabs.children[0].dataset.shows = "theirs";
    tabs.children[1].dataset.shows = "mine";
    const acts = make(
      "div",
      "acts",
      button(() => t("keep_editing"), "", () => choose("keep")),
      button(() => t("conflict.load"), "quiet", () => choose("load")),
      button(() => fill("conflict.replace", { n: live }), "primary", () => choose("publish")),
    );
    const words = make("p", "lead", () => t("conflict.lead"));
    const title = () => (since.length > 0 ? fill("conflict.title", { who: since[0].author }) : t("conflict.other"));
    openView("conflict", title, [], words, make("ul", "since", ...since.map(told)), tabs, shown, acts);
    byId("view").addEventListener("close", () => resolve(chosen), { once: true });
    theirs();
  });
}
