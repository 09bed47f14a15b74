// `ws` on Node, two ways: `moves` passes every move on at once, `snapshots` sends everybody's position 20 times a second.
//
// Tuned as the documentation of ws advises: no compression, bufferutil, a message is turned into bytes once and not once
// per receiver.
import { WebSocketServer } from 'ws';

const [mode, port] = [process.argv[2], Number(process.argv[3])];
const TICK_MS = 50;

const server = new WebSocketServer({ host: '127.0.0.1', port, perMessageDeflate: false, backlog: 4096 });
const players = new Map();
let nextId = 1;

function sendToAll(message, except) {
  const bytes = Buffer.from(JSON.stringify(message));
  for (const socket of players.keys()) {
    if (socket !== except && socket.readyState === socket.OPEN) socket.send(bytes, { binary: false });
  }
}

server.on('connection', (socket) => {
  const player = { id: nextId++, x: 0, y: 0, moved: false };
  players.set(socket, player);
  socket.on('error', () => {});
  socket.on('close', () => players.delete(socket));
  socket.on('message', (bytes) => {
    const move = JSON.parse(bytes);
    player.x = move.x;
    player.y = move.y;
    player.moved = true;
    if (mode === 'moves') sendToAll({ type: 'moved', id: player.id, x: move.x, y: move.y, t: move.t }, socket);
  });
  socket.send(JSON.stringify({ type: 'welcome', id: player.id }));
});

// A tick is due at start + n * 50 ms of the machine's monotonic clock, and says so in `t`, also when it comes late.
if (mode === 'snapshots') {
  const now = () => Number(process.hrtime.bigint()) / 1e6;
  let due = now() + TICK_MS;
  const tick = () => {
    const all = [];
    let moved = 0;
    for (const player of players.values()) {
      moved += player.moved ? 1 : 0;
      player.moved = false;
      all.push({ id: player.id, x: player.x, y: player.y });
    }
    sendToAll({ type: 'snapshot', t: due, moved, players: all });
    due += TICK_MS;
    setTimeout(tick, Math.max(0, due - now()));
  };
  setTimeout(tick, TICK_MS);
}
