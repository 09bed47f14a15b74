// A bot in JavaScript over Socket.IO: node socketio_bot.mjs [http://127.0.0.1:8080] [websocket|polling|polling,websocket]
// Needs socket.io-client. Walks up to the nearest player and strikes.
import { io } from "socket.io-client";

const [url = "http://127.0.0.1:8080", transport = "websocket"] = process.argv.slice(2);
const socket = io(url, { transports: transport.split(","), auth: { name: "Sally" } });
const players = new Map();
let me;

socket.io.on("open", () => socket.io.engine.once("upgrade", ({ name }) => console.log("now by", name)));
socket.on("welcome", ({ id }) => {
  me = id;
  players.clear();
  console.log("joined as", me, "by", socket.io.engine.transport.name);
});
socket.on("new_player", ({ id, position }) => players.set(id, position));
socket.on("player_left", ({ id }) => players.delete(id));
socket.on("player_moved", ({ id, position }) => players.set(id, position));
socket.on("player_attacked", ({ id, hp }) => players.has(id) && (players.get(id).hp = hp));
socket.on("player_killed", ({ id, killer }) => console.log("killed", killer, id));
socket.on("closing", ({ reason }) => console.log("the server ends this:", reason));
socket.on("connect_error", (error) => console.log("no connection:", error.message));

setInterval(() => {
  const own = players.get(me);
  if (!own || own.hp <= 0) return;
  const away = ({ x, y }) => Math.hypot(x - own.x, y - own.y);
  const others = [...players].filter(([id, { hp }]) => id !== me && hp > 0).map(([, position]) => position);
  const prey = others.sort((a, b) => away(a) - away(b))[0];
  if (!prey) return;
  socket.emit("move", { x: prey.x, y: prey.y });
  if (away(prey) < 70) socket.emit("attack", {}, ({ hits = [] }) => console.log("hits", hits.length));
}, 100);
