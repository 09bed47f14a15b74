"""A bot in Python over a WebSocket: python bot.py [ws://127.0.0.1:8080/ws]

Needs websocket-client. Runs at the nearest player and strikes; docs/protocol.md has all messages.
"""
import json
import math
import sys
import websocket

url = sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8080/ws"
socket = websocket.create_connection(url, subprotocols=["hotswap.v1.json"])
seq, players, me = 0, {}, None


def send(**message):
    socket.send(json.dumps(message))


def act(kind, **more):
    global seq
    seq += 1
    send(type=kind, seq=seq, **more)


send(type="hello", protocol=1, name="Monty")
while text := socket.recv():
    message = json.loads(text)
    match message["type"]:
        case "welcome":
            me = message["player"]
            print("joined as", me, flush=True)
        case "player_killed":
            print("killed", message["killer"], message["victim"], flush=True)
        case "snapshot":
            if message["full"]:
                players.clear()
            for player in message["players"]:  # a delta has only what changed
                players.setdefault(player["id"], {}).update(player)
            for gone in message.get("removed", []):
                players.pop(gone, None)
            own = players.get(me)
            if message["tick"] % 3 or not own or not own["alive"]:
                continue
            if message["tick"] % 90 == 0:
                send(type="heartbeat", t=0)
            ways = [(o["x"] - own["x"], o["y"] - own["y"]) for i, o in players.items() if i != me and o["alive"]]
            if ways:
                x, y = min(ways, key=lambda way: math.hypot(*way))
                length = math.hypot(x, y) or 1
                act("move", dir=[x / length, y / length])
                if length < 70:
                    act("attack", aim=[x, y])
