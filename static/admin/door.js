// The login: by name and password, by a token, or, the first time, with the server's token for the first account.

import { get, post } from "./api.js";
import { byId, setText } from "./dom.js";
import { t } from "./i18n.js";

const WORDS = { password: "door.log_in", token: "door.log_in", first: "first.create" };

let mode = "token";
let firstRun = false;
let entered = async () => {};
// The door being shown, from the moment that it is asked for.
let opening = null;

function setMode(wanted) {
  mode = wanted;
  const form = byId("login-form");
  form.dataset.mode = mode;
  for (const part of form.querySelectorAll("[data-modes]")) {
    const wanted = part.dataset.modes.split(" ").includes(mode);
    part.hidden = !wanted || (part.dataset.when !== undefined && (part.dataset.when === "first-run") !== firstRun);
    for (const input of part.querySelectorAll("input")) input.disabled = part.hidden;
  }
  const password = byId("login-password");
  password.autocomplete = mode === "first" ? "new-password" : "current-password";
  setText(byId("login"), () => t(WORDS[mode]));
  complain("");
}

function complain(words) {
  const problem = byId("login-error");
  problem.hidden = !words;
  setText(problem, words);
}

function focus() {
  byId(mode === "password" ? "login-name" : "token").focus();
}

async function open() {
  byId("bar").inert = true;
  byId("room").inert = true;
  const door = await get("/api/door").catch(() => ({ first_run: true }));
  // Somebody came in meanwhile, with a token in the address.
  if (!byId("room").inert) return;
  firstRun = Boolean(door.first_run);
  setMode(firstRun ? "token" : "password");
  byId("door").hidden = false;
}

/** Whether the door is shown, or about to be. */
export const isDoorShown = () => opening !== null;

/** Shows the door with words, once the server has said which way in comes first: nothing moves under the pointer. */
export async function showDoor(message = "") {
  opening ??= open();
  await opening;
  complain(message);
  focus();
}

/** Opens the door. */
export function hideDoor() {
  opening = null;
  byId("door").hidden = true;
  byId("bar").inert = false;
  byId("room").inert = false;
}

function request() {
  const [token, name, password] = ["token", "login-name", "login-password"].map((id) => byId(id).value);
  if (mode === "first") return ["/api/first_admin", { token: token.trim(), name: name.trim(), password }];
  return ["/api/login", mode === "token" ? { token: token.trim() } : { name: name.trim(), password }];
}

function said(error) {
  if (error.status === 401 && mode !== "password") return t("door.wrong_token");
  return error.message;
}

/** Logs in with a call and goes in. */
export async function comeIn(path, body) {
  const button = byId("login");
  button.disabled = true;
  try {
    await post(path, body);
    for (const id of ["token", "login-password"]) byId(id).value = "";
    await entered();
  } catch (error) {
    await showDoor();
    complain(() => said(error));
  } finally {
    button.disabled = false;
  }
}

/** Connects the form; `enter()` is called with a session. */
export function startDoor(enter) {
  entered = enter;
  setMode("token");
  byId("login-form").addEventListener("submit", (event) => {
    event.preventDefault();
    comeIn(...request());
  });
  byId("door-links").addEventListener("click", (event) => {
    const wanted = event.target.closest("[data-go]")?.dataset.go;
    if (!wanted) return;
    setMode(wanted);
    focus();
  });
}
