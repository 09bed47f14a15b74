"""A bot in Python over Socket.IO: python socketio_bot.py [http://127.0.0.1:8080] [polling|websocket]

Needs python-socketio[client]. Walks up to the nearest player and strikes.
"""
import math
import sys
import socketio

url, transport = (sys.argv[1:] + ["http://127.0.0.1:8080", "polling"][len(sys.argv) - 1:])[:2]
client, players, me = socketio.Client(), {}, None


def tell(*words):  # in one piece, as events come on several threads
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


@client.on("welcome")
def welcome(player):
    global me
    me = player["id"]
    tell("joined as", me, "by", client.transport())


@client.on("new_player")
@client.on("player_moved")
def moved(player):
    players[player["id"]] = player["position"]
    if player["id"] == me:
        hunt(player["position"])


@client.on("player_left")
def left(player):
    players.pop(player["id"], None)


@client.on("player_attacked")
def attacked(player):
    players.get(player["id"], {})["hp"] = player["hp"]


@client.on("player_killed")
def killed(player):
    tell("killed", player["killer"], player["id"])


def hunt(own):
    away = lambda place: math.dist((own["x"], own["y"]), (place["x"], place["y"]))
    others = [place for player, place in players.items() if player != me and place["hp"] > 0]
    if others and own["hp"] > 0:
        prey = min(others, key=away)
        client.emit("move", {"x": prey["x"], "y": prey["y"]})
        if away(prey) < 70:
            client.emit("attack", {}, callback=lambda answer: tell("hits", len(answer.get("hits", []))))


client.connect(url, auth={"name": "Polly"}, transports=[transport])
client.wait()
