// The words of the rules, as the server has them: hooks, tuning numbers, functions, constants, limits.

import { get } from "./api.js";
import { fill } from "./i18n.js";

let asked = null;

/** The reference, asked for once; again when that failed. */
export function reference() {
  asked ??= get("/api/rules_reference").catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}

/** What a tuning number is when no script sets it, and what it may be. */
export function rangeOf(field) {
  return fill("tuning.range", field);
}
