// The server's admin API: JSON calls, and the stream of live data with polling as its fallback.

import { fill, Problem, t } from "./i18n.js";

// Where the game is: the folder above this one. A proxy may have put it below any path.
const ROOT = new URL("..", import.meta.url);
/** The address of what the server has at `path`, which begins with a slash. */
export const at = (path) => new URL(path.slice(1), ROOT).href;

const HEADERS = { "X-Hotswap-Admin": "1" };
// Here a 401 is about what was typed, not about the session.
const DOOR = ["/api/login", "/api/first_admin"];
const POLL_MS = 2000;
const RETRY_MAX_MS = 15000;
// The server sends at least a comment more often than this; a stream that is silent for longer is dead.
const SILENCE_MS = 40000;

/** What the server answered when it did not do what was asked; status 0 means that it did not answer at all. */
export class ApiError extends Problem {
  constructor(status, body) {
    super(() => body.message || body.error || statusText(status));
    this.status = status;
    this.body = body;
  }
}

function statusText(status) {
  if (status === 0) return t("server.silent");
  if (status === 413) return t("server.too_large");
  if (status === 429) return t("server.too_often");
  return fill("server.error", { status });
}

let loggedOut = () => {};
/** Calls `handler` whenever the server asks for a login. */
export function onLoggedOut(handler) {
  loggedOut = handler;
}

async function send(method, path, body, signal) {
  const headers = { ...HEADERS };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const init = { method, headers, signal, credentials: "same-origin", cache: "no-store" };
  if (body !== undefined) init.body = JSON.stringify(body);
  let response;
  try {
    response = await fetch(at(path), init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, {});
  }
  if (response.status === 401 && !DOOR.includes(path)) loggedOut();
  return response;
}

async function call(method, path, body, signal) {
  const response = await send(method, path, body, signal);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok || answer?.success === false) throw new ApiError(response.status, answer ?? {});
  return answer;
}

export const get = (path, signal) => call("GET", path, undefined, signal);
export const post = (path, body = {}, signal) => call("POST", path, body, signal);
export const remove = (path) => call("DELETE", path);

/** For questions of which only the newest counts: call it when asking; what it gives says whether nobody has asked since. */
export function turns() {
  let asked = 0;
  return () => {
    const turn = ++asked;
    return () => turn === asked;
  };
}

/** Takes the events out of a stream of server-sent events, as [name, data]. */
async function* readEvents(stream, alive) {
  const decoder = new TextDecoder();
  let buffer = "";
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    buffer = (buffer + decoder.decode(value, { stream: true })).replaceAll("\r\n", "\n");
    for (let end; (end = buffer.indexOf("\n\n")) >= 0; buffer = buffer.slice(end + 2)) {
      let name = "message";
      const data = [];
      for (const line of buffer.slice(0, end).split("\n")) {
        const [, field, content] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (field === "event") name = content;
        if (field === "data") data.push(content);
      }
      if (data.length > 0) yield [name, data.join("\n")];
    }
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Follows players and releases until `stop` is called: by events, and by asking every two seconds while there is no
 * stream. `handlers` has clients, rooms, releases, rollouts and adoption, each (payload), and state("live" | "polling" | "lost").
 */
export function follow(handlers) {
  let running = true;
  let streaming = false;
  let stream = null;

  const take = (name, payload) => running && handlers[name]?.(payload);

  // EventSource can send no header and hides why it failed, so the stream is read by hand.
  async function listen() {
    stream = new AbortController();
    const { signal } = stream;
    const watchdog = { timer: 0 };
    const alive = () => {
      clearTimeout(watchdog.timer);
      watchdog.timer = setTimeout(() => stream.abort(), SILENCE_MS);
    };
    try {
      alive();
      const response = await send("GET", "/api/events", undefined, signal);
      if (!response.ok || !response.body) return false;
      streaming = true;
      take("state", "live");
      for await (const [name, data] of readEvents(response.body, alive)) {
        if (name !== "state") take(name, JSON.parse(data));
      }
      return true;
    } catch {
      return streaming;
    } finally {
      clearTimeout(watchdog.timer);
      streaming = false;
    }
  }

  async function keepListening() {
    let wait = 1000;
    while (running) {
      wait = (await listen()) ? 1000 : Math.min(wait * 2, RETRY_MAX_MS);
      await pause(wait * (0.75 + Math.random() / 2));
    }
  }

  async function keepPolling() {
    while (running) {
      if (!streaming) {
        try {
          const names = ["clients", "rooms", "releases", "rollouts", "adoption", "moderation"];
          const payloads = await Promise.all(names.map((name) => get(`/api/${name}`)));
          if (!streaming) take("state", "polling");
          names.forEach((name, i) => take(name, payloads[i]));
        } catch (error) {
          if (error.status !== 401) take("state", "lost");
        }
      }
      await pause(POLL_MS);
    }
  }

  keepListening();
  keepPolling();
  return () => {
    running = false;
    stream?.abort();
  };
}
