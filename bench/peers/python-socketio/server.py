"""python-socketio, as the tutorials for small multiplayer games use it: every move is passed on to everybody else at once.

Tuned as its documentation advises: asyncio on uvicorn with uvloop, WebSocket only, no compression.
"""

import sys

import socketio
import uvicorn

sio = socketio.AsyncServer(async_mode="asgi", transports=["websocket"], http_compression=False)
app = socketio.ASGIApp(sio)


@sio.event
async def move(sid, data):
    await sio.emit("moved", {"id": sid, "x": data["x"], "y": data["y"], "t": data["t"]}, skip_sid=sid)


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        backlog=4096,
        log_level="error",
    )
