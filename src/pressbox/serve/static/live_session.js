// A session live: the field, a card for each athlete, the table, and how old all of it is.

import { Following, move, show, stand } from "./moving.js";
import { Field } from "./field.js";
import { Thresholds } from "./threshold.js";

const AGE_EVERY_MS = 200;
const SORT_EVERY_MS = 2000;
const DELAY_OVER_MS = 2000;
const CLOCK_ASKED = 8;
const CLOCK_AGAIN_MS = 60_000;
const STALE_S = 3;

const session = document.querySelector("[data-stream]");
const connection = document.querySelector("[data-connection]");
const announced = document.querySelector("[data-announced]");
const head = session.querySelector("[data-head]");
const body = session.querySelector("[data-table] tbody");
const cards = session.querySelector(".athletes");

// By athlete: their elements, and what is known of them now.
const athletes = new Map([...session.querySelectorAll(".athlete")].map((card) => [card.dataset.athlete, {
  name: card.dataset.name,
  card,
  row: body.querySelector(`[data-athlete="${CSS.escape(card.dataset.athlete)}"]`),
  now: {},
  seenMs: null,
  toldMs: null,
}]));

// What the server's clock says is ours plus this; the answer that came fastest tells it best.
let clockAheadMs = null;

async function askClock() {
  let fastestMs = Infinity;
  for (let asked = 0; asked < CLOCK_ASKED; asked += 1) {
    const beganMs = performance.now();
    const answer = await fetch("/sessions/clock");
    if (!answer.ok) return;
    const { now_ms: theirsMs } = await answer.json();
    const tookMs = performance.now() - beganMs;
    if (tookMs >= fastestMs) continue;
    fastestMs = tookMs;
    clockAheadMs = theirsMs + tookMs / 2 - Date.now();
  }
}

function keepClock() {
  askClock().catch(() => {}).finally(() => setTimeout(keepClock, CLOCK_AGAIN_MS)); // offline: the page says so already
}

const delays = [];
let unpainted = [];

function painted() {
  if (!unpainted.length || clockAheadMs === null) return;
  const nowMs = Date.now() + clockAheadMs;
  for (const measuredMs of unpainted) delays.push([performance.now(), nowMs - measuredMs]);
  unpainted = [];
}

function showDelay() {
  while (delays.length && performance.now() - delays[0][0] > DELAY_OVER_MS) delays.shift();
  const sorted = delays.map(([, delayMs]) => delayMs).sort((one, other) => one - other);
  session.querySelector("[data-delay-shown]").hidden = clockAheadMs === null;
  const word = (value) => (value === undefined ? "–" : Math.max(0, value).toFixed(0));
  show(session.querySelector("[data-delay-middle]"), word(sorted[Math.floor(sorted.length / 2)]));
  show(session.querySelector("[data-delay-worst]"), word(sorted.at(-1)));
}

const field = new Field(session.querySelector("[data-field]"), {
  lengthM: Number(session.dataset.lengthM),
  widthM: Number(session.dataset.widthM),
  sport: session.dataset.sport,
  painted,
  follow,
});

const thresholds = new Thresholds(session.dataset.stadium, {
  form: session.querySelector("[data-threshold]"),
  list: session.querySelector("[data-thresholds]"),
  alerts: session.querySelector("[data-alerts]"),
});

function follow(athlete) {
  field.followed = athlete === field.followed ? null : athlete;
  for (const [key, { card }] of athletes) card.toggleAttribute("data-followed", key === field.followed);
  if (field.followed) show(announced, `following ${athletes.get(field.followed).name}`);
}

// A number on the shirt where the athlete is known by one, else the initials.
const labelOf = (athlete, name) => /\d{1,3}$/.exec(athlete)?.[0] ?? name.split(/\s+/).map((word) => word[0]).join("").slice(0, 3);

function takePlaces(message) {
  const arrivedMs = performance.now();
  for (const [athlete, timeMs, , xM, yM, speedKmh, batteryPct, heartRateBpm, heartRateZone] of JSON.parse(message.data).places) {
    const known = athletes.get(athlete);
    if (!known) continue;
    [known.seenMs, known.timeMs] = [arrivedMs, timeMs];
    known.now.speed_kmh = speedKmh;
    Object.assign(known.now, { battery_pct: batteryPct, heart_rate_bpm: heartRateBpm, heart_rate_zone: heartRateZone });
    unpainted.push(timeMs);
    if (xM !== null && yM !== null) field.place(athlete, labelOf(athlete, known.name), xM, yM);
  }
}

function takeFigures(message) {
  const arrivedMs = performance.now();
  for (const { athlete, performance: performed, medical } of JSON.parse(message.data)) {
    const known = athletes.get(athlete);
    if (!known) continue;
    known.toldMs = arrivedMs;
    Object.assign(known.now, performed, medical);
    for (const part of [known.card, known.row]) showFigures(part, { ...performed, ...medical });
    compare(known);
  }
}

function showFigures(part, figures) {
  for (const element of part.querySelectorAll("[data-figure]")) {
    const { figure, decimals } = element.dataset;
    if (!(figure in figures)) continue;
    const value = figures[figure];
    show(element, value === null ? "–" : value.toLocaleString(undefined, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
  }
}

// How much of what is usual for this athlete in a session is done already.
function compare({ card, now }) {
  const shown = card.querySelector("[data-compared]");
  const load = card.querySelector('[data-figure="player_load"][data-usual]') ?? card.querySelector("[data-usual]");
  if (!shown || !load) return;
  const [value, usual] = [now[load.dataset.figure], Number(load.dataset.usual)];
  if (usual > 0 && value !== null && value !== undefined) {
    const what = load.dataset.figure === "player_load" ? "load" : "distance";
    show(shown, `${Math.round((100 * value) / usual)} % of their usual ${what}`);
  }
}

function showNow() {
  for (const [athlete, known] of athletes) {
    const { card, now, seenMs, toldMs, name } = known;
    for (const element of card.querySelectorAll("[data-now]")) {
      const value = now[element.dataset.now];
      show(element, value === null || value === undefined ? "–" : value.toFixed(element.dataset.now === "speed_kmh" ? 1 : 0));
    }
    const { battery_pct: batteryPct, heart_rate_zone: zone } = now;
    show(card.querySelector("[data-battery]"), batteryPct === null || batteryPct === undefined ? "" : `battery ${batteryPct.toFixed(0)} %`);
    const zoned = card.querySelector("[data-zone]");
    if (zoned) {
      show(zoned, zone === null || zone === undefined ? "" : `zone ${zone}`);
      zoned.dataset.zone = zone ?? "";
    }
    if (seenMs !== null) {
      const silentS = (performance.now() - seenMs) / 1000;
      show(card.querySelector("[data-seen]"), silentS < 1 ? "seen now" : `seen ${silentS.toFixed(0)} s ago`);
      card.toggleAttribute("data-stale", silentS > STALE_S);
      now.silent_s = silentS;
    }
    if (toldMs !== null) show(card.querySelector("[data-aged]"), `figures ${((performance.now() - toldMs) / 1000).toFixed(0)} s old`);
    thresholds.look(athlete, name, now);
  }
  showDelay();
}

function takeHead(message) {
  const before = head.querySelector(".standing").dataset.period;
  move(head, message.data);
  const { period, state } = head.querySelector(".standing").dataset;
  if (period !== before) show(announced, period ? `${period} has begun` : `${before} has ended`);
  const ends = session.querySelector("[data-ends] button");
  if (!ends) return;
  ends.disabled = !period;
  show(ends, `End ${period || "period"}`);
  if (state === "closed") session.querySelector(".tell").hidden = true;
  const name = session.querySelector("#period");
  const [, letter, number] = /^(.*?)(\d+)$/.exec(period) ?? [];
  if (number && document.activeElement !== name) name.value = `${letter}${Number(number) + 1}`;
}

async function tell(event) {
  event.preventDefault();
  const problem = session.querySelector("[data-problem]");
  const said = new URLSearchParams(new FormData(event.target));
  const answer = await fetch(event.target.action, { method: "POST", body: said, redirect: "manual" }).catch(() => null);
  const isDone = answer?.type === "opaqueredirect" || answer?.ok;
  problem.hidden = Boolean(isDone);
  if (isDone) return;
  show(problem, answer ? await reasonOf(answer) : "The server cannot be reached: nothing was told. Try again.");
}

async function reasonOf(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("main p")?.textContent ?? `refused: ${answer.status}`;
}

for (const form of session.querySelectorAll("[data-tell]")) form.addEventListener("submit", tell);
session.querySelector("[data-closes]")?.addEventListener("submit", (event) => {
  if (!confirm("Close the session? Whatever is open in it closes, and no more samples count.")) event.preventDefault();
});
for (const [athlete, { card }] of athletes) card.addEventListener("click", () => follow(athlete));

// The order is part of the address; rows keep their places while somebody looks at them.
let sorted = new URLSearchParams(location.search).get("sort") ?? "athlete";
for (const link of session.querySelectorAll("[data-sort]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    sorted = link.dataset.sort;
    history.replaceState(null, "", `?sort=${sorted}`);
    for (const one of session.querySelectorAll("thead th")) one.removeAttribute("aria-sort");
    link.closest("th").setAttribute("aria-sort", sorted === "athlete" ? "ascending" : "descending");
    sortRows();
  });
}

function sortRows() {
  const value = ({ now, row }) => now[sorted] ?? Number.parseFloat(row.querySelector(`[data-figure="${sorted}"]`)?.textContent.replaceAll(",", ""));
  const byName = (one, other) => one.name.localeCompare(other.name);
  const number = (one) => (Number.isFinite(value(one)) ? value(one) : -Infinity);
  const wanted = [...athletes.values()].sort((one, other) => (sorted === "athlete" ? byName(one, other) : number(other) - number(one) || byName(one, other)));
  wanted.forEach(({ row, card }, at) => {
    if (body.children[at] !== row) body.insertBefore(row, body.children[at]);
    if (cards.children[at] !== card) cards.insertBefore(card, cards.children[at]);
  });
}

const isLookedAt = () => [body, cards].some((one) => one.matches(":hover") || one.contains(document.activeElement));

setInterval(showNow, AGE_EVERY_MS);
setInterval(() => { if (sorted !== "athlete" && !isLookedAt()) sortRows(); }, SORT_EVERY_MS);
keepClock();
new Following(session.dataset.stream, {
  quietS: Number(session.dataset.quietS),
  events: { head: takeHead, places: takePlaces, figures: takeFigures },
  show: (word) => stand(connection, word),
});
