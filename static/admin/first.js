// The first account, made by whoever has come in with the server's own token.

import { post } from "./api.js";
import { make, toast } from "./dom.js";
import { button, closeView, field, input, openView } from "./view.js";

/** Opens the form; `enter()` is called with the session of the new account. */
export function openFirstAccount(enter) {
  const name = input("first-name", "text", { required: true, maxLength: 40, placeholder: "ada", autocomplete: "username" });
  const password = input("first-password", "password", { required: true, minLength: 10, autocomplete: "new-password" });
  const create = button("Create the account", "primary", null);
  const form = make("form", "add", field("Your name", name), field("Password", password, "10 characters or more"), create);
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
      toast(`Welcome, ${body.name}. Under “Operators” you can add others.`, "good");
    } catch (error) {
      toast(error.message, "bad");
    } finally {
      create.disabled = false;
    }
  });
  const words = "With an account of your own, the history says who you are. The server's token goes on working for scripts, and as a way back in.";
  openView("first", "The first admin", [], make("p", "lead", words), form);
}
