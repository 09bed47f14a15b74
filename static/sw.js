// Keeps the files of one build of the game, by hash, and makes the next build from them: small deltas instead of whole files.
//
// A page asks for a build by a message and hears when it is there. Pages come from the network whenever there is one; the other
// files come from here only if they belong to the build that the page names. A worker may be older than the page: it
// takes over when no page uses the one before it, and never in the middle of a game.

const CACHE = "hotswap-builds";
/// Path of the game, with a slash at its end: a proxy may have put it below any path, and beside other games.
const ROOT = new URL("./", location).pathname;
/// Below this, what is kept has names.
const KEPT = `${ROOT}kept/`;
/// What is kept: `{ id, files: [{ path, sha256 }] }`, always a whole build. Paths begin at the game, with a slash.
const RECORD = `${KEPT}build.json`;
/// What a proxy answers while the server behind it is away.
const AWAY = [502, 503, 504];
/// An answer that takes longer will not come, milliseconds.
const PATIENCE = 25_000;

const keptAt = (sha256) => `${KEPT}${sha256}`;
/// The address of what the server has at `path`.
const at = (path) => `${ROOT}${path.slice(1)}`;

self.addEventListener("message", (event) => {
  const port = event.ports[0];
  if (!port || event.data?.type !== "prepare") return;
  event.waitUntil(prepareInTurn().then(
    (done) => port.postMessage(done),
    (error) => port.postMessage({ error: String(error) }),
  ));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (!url.pathname.startsWith(ROOT)) return;
  const path = url.pathname.slice(ROOT.length - 1);
  if (event.request.mode === "navigate") {
    if (path === "/") event.respondWith(page(event.request));
  } else if (/^\/(icons\/)?[\w-]+\.(js|css|wasm|svg|png)$/.test(path)) {
    event.respondWith(file(event.request, path));
  }
});

// The build that the newest page names. A worker that was asleep has forgotten it and asks the network.
let wanted = null;

const isHere = (response) => response && !AWAY.includes(response.status);

/// The page tells which build the server serves.
async function page(request) {
  const asked = fetch(request);
  const response = await asked.catch(() => null);
  if (isHere(response)) {
    if (response.ok) {
      const named = /<meta name="build" content="([0-9a-f]{64})">/.exec(await response.clone().text());
      wanted = named && named[1];
    }
    return response;
  }
  // The server is away: the page that is kept says so better than the browser or a proxy, and comes back by itself.
  const record = await kept();
  const answer = record && (await answerFor(record, "/"));
  if (!answer) return asked;
  wanted = record.id;
  return answer;
}

async function file(request, path) {
  const record = wanted && (await kept());
  const answer = record && record.id === wanted && (await answerFor(record, path));
  if (answer) return answer;
  const asked = fetch(request);
  if (isHere(await asked.catch(() => null))) return asked;
  // The server is away and this worker was asleep meanwhile: the page that asks is the one that is kept.
  const rest = !wanted && (await kept());
  return (rest && (await answerFor(rest, path))) || asked;
}

async function kept() {
  const answer = await (await caches.open(CACHE)).match(RECORD);
  return answer ? answer.json() : null;
}

async function answerFor(record, path) {
  const known = record.files.find((file) => file.path === path);
  return known && (await caches.open(CACHE)).match(keptAt(known.sha256));
}

// Two tabs ask for the same build at the same moment: the second one finds it made.
let turn = Promise.resolve();
function prepareInTurn() {
  turn = turn.catch(() => {}).then(prepare);
  return turn;
}

/// Makes the cache hold the build that the server serves. All or nothing: the record is written last.
async function prepare() {
  const manifest = await (await ask("/build.json", "no-store")).json();
  const record = await kept();
  const done = { id: manifest.id, kept: 0, delta: 0, whole: 0 };
  if (record?.id === manifest.id) return done;
  const cache = await caches.open(CACHE);
  const offers = manifest.earlier.flatMap((build) => build.deltas);
  // The browser asks for this script by itself, and never here.
  for (const file of manifest.files.filter((file) => file.path !== "/sw.js")) {
    if (await cache.match(keptAt(file.sha256))) {
      done.kept += 1;
      continue;
    }
    const old = record?.files.find((old) => old.path === file.path);
    const offer = old && offers.find((offer) => offer.from === old.sha256 && offer.to === file.sha256);
    const patched = offer && (await patchedFile(cache, offer, file));
    done[patched ? "delta" : "whole"] += 1;
    await cache.put(keptAt(file.sha256), patched || (await wholeFile(file)));
  }
  await cache.put(RECORD, new Response(JSON.stringify({ id: manifest.id, files: manifest.files })));
  const used = new Set([RECORD, ...manifest.files.map((file) => keptAt(file.sha256))]);
  for (const request of await cache.keys()) {
    const name = new URL(request.url).pathname;
    if (name.startsWith(KEPT) && !used.has(name)) await cache.delete(request);
  }
  return done;
}

/// Only a good answer in time is one.
async function ask(path, cache) {
  const response = await fetch(at(path), { cache, signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

/// The new file, made from the kept one; `null` when anything is not as it should be.
async function patchedFile(cache, offer, file) {
  try {
    const old = await cache.match(keptAt(offer.from));
    const delta = await ask(`/delta/${offer.from}/${offer.to}`, "no-store");
    const bytes = patch(
      new Uint8Array(await old.clone().arrayBuffer()),
      new Uint8Array(await delta.arrayBuffer()),
      file.size,
    );
    if ((await sha256(bytes)) !== file.sha256) throw new Error("the hash is another one");
    return withBytes(old, bytes);
  } catch (error) {
    console.warn(`the delta of ${file.path} is of no use, taking the whole file:`, error);
    return null;
  }
}

/// The file as the server serves it. What the page has loaded is in the browser's own cache and costs nothing; if that is
/// of another build, the server is asked.
async function wholeFile(file) {
  for (const cache of ["force-cache", "no-cache"]) {
    const response = await ask(file.path, cache);
    const bytes = new Uint8Array(await response.clone().arrayBuffer());
    if ((await sha256(bytes)) === file.sha256) return withBytes(response, bytes);
  }
  throw new Error(`${file.path} is not what the manifest says`);
}

/// An answer with the type and the policies of `response`; length and encoding are those of other bytes.
function withBytes(response, bytes) {
  const headers = new Headers(response.headers);
  for (const name of ["content-encoding", "content-length", "etag", "vary", "date"]) headers.delete(name);
  return new Response(bytes, { headers });
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/// Applies a delta; `server/src/builds/delta.rs` describes the format. Throws when it does not fit.
function patch(old, delta, size) {
  const view = new DataView(delta.buffer, delta.byteOffset, delta.byteLength);
  const fresh = new Uint8Array(size);
  let [read, from, to] = [0, 0, 0];
  while (read < delta.length) {
    const add = Number(view.getBigUint64(read, true));
    const take = Number(view.getBigUint64(read + 8, true));
    const seek = view.getBigUint64(read + 16, true);
    read += 24;
    if (read + add + take > delta.length || to + add + take > size || from < 0 || from + add > old.length) {
      throw new Error("the delta does not fit");
    }
    for (let i = 0; i < add; i += 1) fresh[to + i] = delta[read + i] + old[from + i];
    fresh.set(delta.subarray(read + add, read + add + take), to + add);
    read += add + take;
    to += add + take;
    const distance = Number(BigInt.asUintN(63, seek));
    from += add + (seek >> 63n ? -distance : distance);
  }
  if (to !== size) throw new Error("the delta is too short");
  return fresh;
}
