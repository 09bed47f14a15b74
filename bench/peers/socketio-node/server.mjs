// Socket.IO on Node: every move is passed on to everybody else at once.
//
// Tuned as its documentation advises: WebSocket only, no compression, bufferutil, the HTTP request of the handshake is
// given back.
import { Server } from 'socket.io';

const io = new Server(Number(process.argv[2]), {
  transports: ['websocket'],
  perMessageDeflate: false,
  serveClient: false,
});
io.engine.on('connection', (raw) => {
  raw.request = null;
});

io.on('connection', (socket) => {
  socket.on('move', (move) => {
    socket.broadcast.emit('moved', { id: socket.id, x: move.x, y: move.y, t: move.t });
  });
});
