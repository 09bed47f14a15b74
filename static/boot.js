// Loads the game, says what is going on meanwhile, and says clearly when it cannot go on.

const element = (id) => document.getElementById(id);

// The words are in the page, so that they are translated like everything else: only one of them is shown.
function stopBoot(problem) {
  element("boot").hidden = false;
  element("boot-text").hidden = true;
  element("boot-bar").hidden = true;
  element(`boot-${problem}`).hidden = false;
  element("boot-retry").hidden = false;
  document.body.dataset.connection = "stopped";
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

// Passes the module on while it arrives, and shows how much of it is here. `total` is 0 where nobody knows it.
function counted(response, total) {
  const bar = element("boot-bar");
  let here = 0;
  const count = new TransformStream({
    transform(chunk, controller) {
      here += chunk.byteLength;
      const whole = total >= here ? total : 0;
      element("boot-bytes").textContent = `${megabytes(here)}${whole ? ` / ${megabytes(whole)}` : ""} MB`;
      if (whole) {
        const percent = Math.round((100 * here) / whole);
        bar.style.setProperty("--done", percent / 100);
        bar.setAttribute("aria-valuenow", percent);
      }
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(count), { headers: { "content-type": "application/wasm" } });
}

async function fetchGame() {
  const response = await fetch(new URL("client_bg.wasm", import.meta.url));
  if (!response.ok) throw new Error(`the game's file: ${response.status}`);
  const plain = response.headers.has("content-encoding") ? 0 : Number(response.headers.get("content-length"));
  const told = Number(document.querySelector('meta[name="game-bytes"]')?.content);
  return counted(response, told || plain || 0);
}

function showFatal() {
  element("boot").hidden = true;
  element("fatal").hidden = false;
  document.body.dataset.connection = "crashed";
}

// A trap inside of the game (its memory or stack ran out) surfaces here and not in the game's own panic handler.
function isTrap(error) {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

// What the game cannot do without and this browser does not have, as its message in the page is called.
function missingFeature() {
  if (typeof WebAssembly !== "object" || typeof WebAssembly.instantiate !== "function") return "no-wasm";
  if (typeof WebSocket !== "function") return "no-websocket";
  const canvas = document.createElement("canvas");
  const draws = typeof canvas.getContext === "function" && canvas.getContext("2d");
  if (!draws || typeof createImageBitmap !== "function" || typeof ResizeObserver !== "function") return "no-canvas";
  if (typeof HTMLDialogElement !== "function") return "too-old";
  return null;
}

// The language that was chosen here before, or the first of the browser's that the game speaks. The game takes it from the page.
function preferredLanguage() {
  let chosen = null;
  try {
    chosen = JSON.parse(localStorage.getItem("hotswap.language"));
  } catch {
    // Nothing is kept where storage is switched off.
  }
  for (const tag of [chosen, ...(navigator.languages ?? [])]) {
    const language = /^(en|zh)\b/i.exec(tag ?? "");
    if (language) return language[1].toLowerCase();
  }
  return "en";
}

// The page is written in English. Other languages come while the game loads, and nobody waits for them.
async function speak(language) {
  if (language === "en") return;
  document.documentElement.lang = "zh-Hans";
  try {
    const answer = await fetch(`i18n/${language}.json`);
    if (!answer.ok) return;
    const words = await answer.json();
    for (const place of document.querySelectorAll("[data-i18n]")) {
      const text = words[place.dataset.i18n];
      if (text) place.textContent = text;
    }
  } catch (error) {
    console.warn("the page stays in English for now:", error);
  }
}

// Resolves with the id of the build that the server serves now, once it is here as far as this browser can keep it. A page
// that then loads itself again gets it without waiting. Without service workers (plain http in a local network, private
// windows) there is nothing to wait for, and the browser loads what it needs.
async function prepareBuild() {
  try {
    // Resolves with undefined when there will be no worker.
    const worker = await keeper;
    if (!worker) return null;
    const { port1, port2 } = new MessageChannel();
    const answered = new Promise((resolve) => {
      port1.onmessage = (event) => resolve(event.data);
      setTimeout(() => resolve({ error: "no answer" }), 30_000);
    });
    worker.postMessage({ type: "prepare" }, [port2]);
    const answer = await answered;
    if (answer.error) console.warn("the build could not be kept:", answer.error);
    return answer;
  } catch (error) {
    console.warn("the build could not be kept:", error);
    return null;
  }
}

// The worker that keeps builds. It is asked for after the first frames: nobody waits for it.
let foundKeeper;
const keeper = new Promise((resolve) => (foundKeeper = resolve));
window.hotswapBuilds = Object.freeze({ prepare: prepareBuild });

async function keepBuild() {
  const named = document.querySelector('meta[name="build"]')?.content ?? "";
  if (!/^[0-9a-f]{64}$/.test(named) || !("serviceWorker" in navigator)) return foundKeeper();
  try {
    await navigator.serviceWorker.register(new URL("sw.js", import.meta.url));
    foundKeeper((await navigator.serviceWorker.ready).active);
    document.body.dataset.keptBuild = (await prepareBuild())?.id ?? "";
  } catch (error) {
    console.warn("no service worker:", error);
    foundKeeper();
  }
}

// Frames are not drawn in a hidden tab; then there is no hurry either way.
function afterFirstFrames(then) {
  const idle = window.requestIdleCallback ?? ((callback) => setTimeout(callback, 500));
  let started = false;
  const start = () => {
    if (!started) idle(then, { timeout: 3000 });
    started = true;
  };
  requestAnimationFrame(() => requestAnimationFrame(start));
  setTimeout(start, 3000);
}

async function boot() {
  element("boot-retry").addEventListener("click", () => location.reload());
  element("reload").addEventListener("click", () => location.reload());
  speak(preferredLanguage());
  const missing = missingFeature();
  if (missing) return stopBoot(missing);
  window.addEventListener("error", (event) => isTrap(event.error) && showFatal());
  window.addEventListener("unhandledrejection", (event) => isTrap(event.reason) && showFatal());
  const slow = setTimeout(() => {
    element("boot-loading").hidden = true;
    element("boot-slow").hidden = false;
  }, 4000);
  try {
    const game = fetchGame();
    // What is wrong with it is told where it is awaited.
    game.catch(() => {});
    const client = await import("./client.js");
    await client.default({ module_or_path: game });
    element("boot").hidden = true;
    afterFirstFrames(keepBuild);
  } catch (error) {
    console.error(error);
    if (isTrap(error)) showFatal();
    else stopBoot("not-loaded");
  } finally {
    clearTimeout(slow);
  }
}

boot();
