"""A bot in Python over plain TCP: python tcp_bot.py [127.0.0.1:8081]

Needs nothing but Python; the server needs --tcp-port. Four bytes of length, then JSON; an empty message is a sign of life.
"""
import json
import math
import socket
import struct
import sys

host, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8081").split(":")
stream = socket.create_connection((host, int(port))).makefile("rwb")
seq, players, me = 0, {}, None


def send(body=b"", **message):
    body = json.dumps(message).encode() if message else body
    stream.write(struct.pack(">I", len(body)) + body)
    stream.flush()


def act(kind, **more):
    global seq
    seq += 1
    send(type=kind, seq=seq, **more)


send(type="hello", protocol=1, name="Cable")
while length := stream.read(4):
    message = json.loads(stream.read(struct.unpack(">I", length)[0]) or "{}")
    match message.get("type"):
        case None:
            send()
        case "welcome":
            me = message["player"]
            print("joined as", me, flush=True)
        case "player_killed":
            print("killed", message["killer"], message["victim"], flush=True)
        case "close":
            print("the server ends this:", message["reason"], flush=True)
        case "snapshot":
            if message["full"]:
                players.clear()
            for player in message["players"]:  # a delta has only what changed
                players.setdefault(player["id"], {}).update(player)
            own = players.get(me)
            others = [o for i, o in players.items() if i != me and o["alive"] and i not in message.get("removed", [])]
            if own and own["alive"] and others and message["tick"] % 3 == 0:
                prey = min(others, key=lambda o: math.dist((own["x"], own["y"]), (o["x"], o["y"])))
                x, y = prey["x"] - own["x"], prey["y"] - own["y"]
                act("move", dir=[x, y])
                if math.hypot(x, y) < 70:
                    act("attack", aim=[x, y])
