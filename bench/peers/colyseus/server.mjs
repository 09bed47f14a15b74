// Colyseus: one room, its state synchronised 20 times a second by its own schema.
//
// Tuned as its documentation advises: a fixed patch rate, only what others need is in the schema, no artificial limits.
// `node server.mjs PORT uws` runs on its uWebSockets transport where that is installed.
import { Server, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';

const [port, transport] = [Number(process.argv[2]), process.argv[3] ?? 'ws'];
const TICK_MS = 50;
const monotonic = () => Number(process.hrtime.bigint()) / 1e6;

const Player = schema({ x: t.float32(), y: t.float32() });
// `t` is when the patch was due on the machine's monotonic clock, `moved` how many players have a new position in it.
const State = schema({ t: t.float64(), moved: t.uint32(), players: t.map(Player) });

class Arena extends Room {
  maxClients = 10_000;
  patchRate = null;
  state = new State();
  moved = new Set();

  onCreate() {
    this.onMessage('move', (client, move) => {
      const player = this.state.players.get(client.sessionId);
      player.x = move.x;
      player.y = move.y;
      this.moved.add(client.sessionId);
    });
    let due = monotonic() + TICK_MS;
    const tick = () => {
      this.state.t = due;
      this.state.moved = this.moved.size;
      this.moved.clear();
      this.broadcastPatch();
      due += TICK_MS;
      setTimeout(tick, Math.max(0, due - monotonic()));
    };
    setTimeout(tick, TICK_MS);
  }

  onJoin(client) {
    this.state.players.set(client.sessionId, new Player());
  }

  onLeave(client) {
    this.state.players.delete(client.sessionId);
  }
}

const chosen = transport === 'uws'
  ? new (await import('@colyseus/uwebsockets-transport')).uWebSocketsTransport({ maxBackpressure: 8 * 1024 * 1024 })
  : new (await import('@colyseus/ws-transport')).WebSocketTransport({ pingInterval: 0 });
const server = new Server({ transport: chosen, greet: false, gracefullyShutdown: false });
server.define('arena', Arena);
await server.listen(port, '127.0.0.1', 4096);
