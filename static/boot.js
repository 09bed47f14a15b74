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
  } catch (error) {
    console.error(error);
    if (isTrap(error)) showFatal();
    else stopBoot("The game could not be loaded. Check your connection and try again.");
  } finally {
    clearTimeout(slow);
  }
}

boot();
