// The first account, made by whoever has come in with the server's own token.

import { post } from "./api.js";
import { make, toast } from "./dom.js";
import { fill, t } from "./i18n.js";
import { button, closeView, field, input, openView } from "./view.js";

/** Opens the form; `enter()` is called with the session of the new account. */
export function openFirstAccount(enter) {
  const name = input("first-name", "text", { required: true, maxLength: 40, placeholder: "ada", autocomplete: "username" });
  const password = input("first-password", "password", { required: true, minLength: 10, autocomplete: "new-password" });
  const create = button(() => t("first.create"), "primary", null);
  const form = make("form", "add", field(() => t("first.name"), name), field(() => t("door.password"), password, () => t("password.length")), create);
  form.id = "first-form";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    create.disabled = true;
    const body = { name: name.value.trim(), password: password.value };
    try {
      await post("/api/operators", { ...body, role: "admin" });
      await post("/api/login", body);
      closeView();
      await enter();
      toast(fill("first.welcome", { name: body.name }), "good");
    } catch (error) {
      toast(error.message, "bad");
    } finally {
      create.disabled = false;
    }
  });
  openView("first", () => t("first.title"), [], make("p", "lead", () => t("first.lead")), form);
}
