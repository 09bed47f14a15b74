// How the connected players take the newest rules: counts, times, what went wrong, and a chart over time.

import { byId, duration, make, setAttribute, setText } from "./dom.js";
import { fill, number, t } from "./i18n.js";

const LINES = ["expected", "fetched", "armed", "active", "failed"];
const WIDTH = 300;
const HEIGHT = 72;
const SVG = "http://www.w3.org/2000/svg";
const MAX_ERRORS = 3;

function setCount(name, value) {
  setText(byId(`adoption-${name}`), () => number(value));
}

export function takeAdoption(payload) {
  const adoption = payload.adoption;
  byId("adoption-empty").hidden = Boolean(adoption);
  byId("adoption").hidden = !adoption;
  setText(byId("adoption-release"), adoption ? `#${adoption.release} ${adoption.version}` : "–");
  if (!adoption) return;
  Object.assign(byId("adoption").dataset, {
    release: adoption.release,
    expected: adoption.expected,
    active: adoption.active,
    failed: adoption.failed,
  });
  for (const name of ["expected", "fetched", "armed", "active", "failed", "behind"]) setCount(name, adoption[name]);
  const { p50_ms, p99_ms } = adoption.since;
  const times = () => fill("adoption.times", { p50: duration(p50_ms), p99: duration(p99_ms) });
  setText(byId("adoption-times"), Number.isFinite(p50_ms) ? times : () => t("adoption.no_times"));
  draw(adoption.points);
  const errors = adoption.since.errors.slice(-MAX_ERRORS);
  byId("adoption-errors").replaceChildren(
    ...errors.map((told) => make("li", "", () => failureWords(told))),
  );
}

/** Who could not switch to a release, and why. */
export function failureWords({ player, error, browser }) {
  return browser ? fill("adoption.failure_in", { player, browser, error }) : fill("adoption.failure", { player, error });
}

/** Steps, one line for each state; whoever is active counts as armed and fetched, too. */
function draw(points) {
  const chart = byId("adoption-chart");
  const most = Math.max(1, ...points.map((point) => point.expected));
  const first = points[0]?.ms ?? 0;
  const span = Math.max(1000, (points.at(-1)?.ms ?? 0) - first);
  const x = (ms) => (((ms - first) / span) * WIDTH).toFixed(1);
  const y = (value) => (HEIGHT - 2 - (value / most) * (HEIGHT - 6)).toFixed(1);
  for (const name of LINES) {
    let line = chart.querySelector(`.${name}`);
    if (!line) {
      line = document.createElementNS(SVG, "path");
      line.setAttribute("class", name);
      chart.append(line);
    }
    const steps = points.map((point, i) => (i ? `H${x(point.ms)}V${y(point[name])}` : `M${x(point.ms)} ${y(point[name])}`));
    const flat = name === "failed" && points.every((point) => point.failed === 0);
    line.setAttribute("d", points.length && !flat ? `${steps.join("")}H${WIDTH}` : "");
  }
  const last = points.at(-1);
  const chartWords = () => (last ? fill("adoption.chart", { active: number(last.active), expected: number(last.expected) }) : t("adoption.no_reports"));
  setAttribute(chart, "aria-label", chartWords);
  setText(byId("adoption-span"), points.length > 1 ? () => fill("adoption.since", { time: duration(span) }) : "");
}
