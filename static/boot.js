// Loads the game, says what is going on meanwhile, and says clearly when it cannot go on.

const element = (id) => document.getElementById(id);

function stopBoot(text) {
  element("boot").hidden = false;
  element("boot-text").replaceChildren(text);
  element("boot-retry").hidden = false;
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

function missingFeature() {
  if (typeof WebAssembly !== "object") return "WebAssembly";
  if (typeof WebSocket !== "function") return "WebSocket";
  if (typeof createImageBitmap !== "function" || typeof ResizeObserver !== "function") return "canvas";
  return null;
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
    await navigator.serviceWorker.register("/sw.js");
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
  const missing = missingFeature();
  if (missing) {
    stopBoot(`This browser has no ${missing} support, which the game needs. A current Firefox, Chrome, Edge or Safari has it.`);
    return;
  }
  window.addEventListener("error", (event) => isTrap(event.error) && showFatal());
  window.addEventListener("unhandledrejection", (event) => isTrap(event.reason) && showFatal());
  const slow = setTimeout(() => {
    element("boot-text").lastElementChild.textContent = "Still loading, your connection is slow\u2026";
  }, 4000);
  try {
    const client = await import("./client.js");
    await client.default({ module_or_path: new URL("client_bg.wasm", import.meta.url) });
    element("boot").hidden = true;
    afterFirstFrames(keepBuild);
  } catch (error) {
    console.error(error);
    if (isTrap(error)) showFatal();
    else stopBoot("The game could not be loaded. Check your connection and try again.");
  } finally {
    clearTimeout(slow);
  }
}

boot();
