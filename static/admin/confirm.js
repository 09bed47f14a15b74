// The small window that asks before something that cannot be taken back.

import { byId, setText } from "./dom.js";
import { t } from "./i18n.js";

/**
 * Asks, and gives whether the operator goes on. `title` and `text` say what would happen, `go` is on the button that does
 * it and `stay` on the one that does not; all of them are functions that give words. Escape stays.
 */
export async function confirmed(title, text, go, stay = () => t("cancel")) {
  const dialog = byId("confirm");
  // Another question must not take the place of one that is about to be answered.
  if (dialog.open) return false;
  setText(byId("confirm-title"), title);
  setText(byId("confirm-text"), text);
  setText(byId("confirm-stay"), stay);
  setText(byId("confirm-go"), go);
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "go";
}
