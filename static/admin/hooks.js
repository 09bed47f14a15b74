// The cheat sheet beside the editor: what a script may define, and a working piece to start from.

import { make } from "./dom.js";

const HOOKS = [
  {
    signature: "move_player(vx, vy, dx, dy, dt) -> [vx, vy]",
    text: "A player's new velocity. (dx, dy) is the wanted direction, at most 1 long.",
    code: `fn move_player(vx, vy, dx, dy, dt) {
    let share = min(player_response * dt, 1.0);
    [lerp(vx, dx * player_speed, share), lerp(vy, dy * player_speed, share)]
}
`,
  },
  {
    signature: "strike(distance, facing, attacker_hp, target_hp) -> [damage, knockback]",
    text: "What a strike does to somebody in reach. facing is 1 straight ahead, -1 behind; damage 0 is a miss.",
    code: `fn strike(distance, facing, attacker_hp, target_hp) {
    [strike_damage, strike_knockback]
}
`,
  },
  {
    signature: "move_orb(x, y, vx, vy, dt) -> [x, y, vx, vy]",
    text: "Where the orb is, and how it flies, dt seconds later. It must stay inside the arena.",
    code: `fn move_orb(x, y, vx, vy, dt) {
    x += vx * dt;
    y += vy * dt;
    if x <= orb_radius { vx = abs(vx); }
    if x >= arena_width - orb_radius { vx = -abs(vx); }
    if y <= orb_radius { vy = abs(vy); }
    if y >= arena_height - orb_radius { vy = -abs(vy); }
    [x, y, vx, vy]
}
`,
  },
  {
    signature: "spawn_point(r1, r2) -> [x, y]",
    text: "Where a player enters. r1 and r2 are random numbers from 0 to 1.",
    code: `fn spawn_point(r1, r2) {
    [arena_width * r1, arena_height * r2]
}
`,
  },
  {
    signature: "on_kill(killer_hp, streak, by_orb) -> [points, heal]",
    text: "What a kill is worth, and how many hit points the killer gets back.",
    code: `fn on_kill(killer_hp, streak, by_orb) {
    if by_orb { [2, 10] } else { [1, 0] }
}
`,
  },
  {
    signature: "const TUNING = #{ player_speed: 300.0 };",
    text: "Numbers of the game by name. Functions read them as player_speed, arena_width, strike_damage and so on.",
    code: `const TUNING = #{
    player_speed: 300.0,
};
`,
  },
];

const TUNING =
  "arena_width arena_height max_hp player_radius player_speed player_response strike_range strike_damage strike_cooldown " +
  "strike_knockback knockback_decay dash_speed dash_duration dash_cooldown respawn_delay shield_duration orb_radius orb_speed " +
  "orb_bat_speed orb_drag orb_damage orb_knockback orb_live_speed spawn_min_x spawn_min_y spawn_max_x spawn_max_y " +
  "round_duration round_pause";

const MATHS =
  "sin cos tan asin acos atan atan2 sqrt hypot pow exp ln abs sign min max clamp lerp floor ceil round trunc to_int to_float PI TAU";

function signature(text) {
  const line = make("code");
  const name = /^(const )?(\w+)/.exec(text)[0];
  line.append(make("b", "", name), text.slice(name.length));
  return line;
}

function words(title, list) {
  const box = make("div", "words", make("h3", "", title));
  const items = make("p");
  for (const word of list.split(" ")) items.append(make("code", "", word), " ");
  box.append(items);
  return box;
}

/** Fills the cheat sheet; `append(code)` adds a piece to the script. */
export function fillSheet(sheet, append) {
  const intro = make("p", "muted", "Define any of these. What a script leaves out is native. A hook is pure: no state, no clock, no chance.");
  const list = make("ul");
  for (const hook of HOOKS) {
    const add = make("button", "quiet", "Add");
    add.type = "button";
    add.setAttribute("aria-label", `Add ${/\w+(?=\()|TUNING/.exec(hook.signature)[0]} to the script`);
    add.addEventListener("click", () => append(hook.code));
    list.append(make("li", "", make("header", "", signature(hook.signature), add), make("p", "muted", hook.text)));
  }
  sheet.replaceChildren(intro, list, words("Tuning numbers", TUNING), words("Functions and constants", MATHS));
}
