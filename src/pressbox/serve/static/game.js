// A game page: moves as documents arrive, says aloud what is worth it, and travels through time.

import { Following, localise, mark, move, show, stand } from "./moving.js";

const TICK_MS = 1000;
const STALE_MS = 300_000;

const part = document.querySelector(".game");
const connection = document.querySelector("[data-connection]");
const announced = document.querySelector("[data-announced]");
const allPlays = document.querySelector("[data-all-plays]");
const time = document.querySelector(".time");
const keys = document.querySelector("dialog");
const superseded = document.querySelector(".superseded");

const page = part.dataset.page;
const delay = connection.dataset.delay;
const live = delay ? `${page}?delay=${delay}` : page;
const onward = delay ? `&delay=${delay}` : "";
// The server's clock, as far as the answer that brought this page tells it; a delayed page lives in the past.
const aheadMs = part.dataset.nowMs ? part.dataset.nowMs - performance.timeOrigin - answeredAtMs() : 0;

let said = score()?.dataset.announce ?? "";
let following = null;
let newestEvent = Number(score()?.dataset.event ?? 0);

function score() {
  return part.querySelector("[data-event]");
}

function answeredAtMs() {
  return performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
}

function nowMs() {
  return performance.timeOrigin + performance.now() + aheadMs;
}

// Live -------------------------------------------------------------------------------------------------------------

function take(message) {
  const before = score()?.dataset;
  const corrections = before?.corrections;
  move(part, message.data);
  const { title, announce } = score().dataset;
  document.title = title;
  if (announce !== said) announced.textContent = said = announce;
  newestEvent = Number(score().dataset.event);
  showEvent(newestEvent, newestEvent);
  addPlays(corrections);
  requestAnimationFrame(painted);
  age();
}

// The document shows the newest plays. Where these and those on the page are not all there are, or one was corrected,
// the whole list is asked for.
function addPlays(corrections) {
  for (const play of [...part.querySelectorAll(".plays li")].reverse()) {
    if (allPlays.querySelector(`[data-key="${play.dataset.key}"]`)) continue;
    const copy = play.cloneNode(true);
    allPlays.append(copy);
    mark(copy);
  }
  const whole = allPlays.children.length === Number(score().dataset.plays);
  if (!whole || corrections !== score().dataset.corrections) readAllPlays();
}

async function readAllPlays() {
  const answer = await fetch(delay ? `${page}/plays?delay=${delay}` : `${page}/plays`);
  if (answer.ok && following) move(allPlays, `\n${(await answer.text()).trim()}\n`);
}

function painted() {
  const sent = part.querySelector("[data-shown-ms]");
  if (!sent || delay) return;
  const took = Math.max(0, Math.round(nowMs() - Number(sent.dataset.shownMs)));
  sent.innerHTML = "→ document to page <b></b>";
  sent.querySelector("b").textContent = `${took} ms`;
}

function age() {
  const logged = score()?.dataset.loggedMs;
  const place = part.querySelector("[data-age]");
  if (!place || !following) return;
  const ageMs = logged ? nowMs() - logged : 0;
  show(place, logged ? ago(ageMs / 1000) : "");
  const state = part.querySelector(".when .state");
  if (logged && ageMs > STALE_MS && state.classList.contains("live")) {
    state.className = "state stale";
    state.textContent = "stale";
  }
}

function ago(seconds) {
  if (seconds < 1) return "just now";
  if (seconds < 90) return `${Math.floor(seconds)} s ago`;
  if (seconds < 5400) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

function follow() {
  following = new Following(part.dataset.stream, {
    quietS: Number(part.dataset.quietS),
    events: { document: take },
    show: (word) => stand(connection, word),
  });
}

// Time travel ------------------------------------------------------------------------------------------------------

let asked = null;
let reading = false;

// Of many steps in a row only the last one asked for is read next.
async function travel(query) {
  asked = query;
  if (reading) return;
  reading = true;
  try {
    while (asked !== null) {
      const address = `${page}?${asked}${onward}`;
      asked = null;
      await arrive(address);
    }
  } finally {
    reading = false;
  }
}

async function arrive(address) {
  const answer = await fetch(address).catch(() => null);
  if (answer === null) return stand(connection, "reconnecting");
  if (!new URL(answer.url).searchParams.has("revision")) return back();
  if (!answer.ok) return undefined;
  const there = new DOMParser().parseFromString(await answer.text(), "text/html");
  leave();
  move(part, there.querySelector(".game").innerHTML);
  move(allPlays, there.querySelector("[data-all-plays]").innerHTML);
  document.title = there.title;
  const event = Number(score().dataset.event);
  stand(connection, "paused", `event ${event}`);
  showEvent(event, newestEvent);
  history.replaceState(null, "", answer.url);
  superseded.hidden = true;
  return undefined;
}

function leave() {
  following?.stop();
  following = null;
  time.querySelector("[data-live]").removeAttribute("aria-current");
}

// Live again is a page of its own: it begins where the game is by now.
function back() {
  location.assign(live);
}

function showEvent(event, newest) {
  if (!time) return;
  const slider = time.elements.at;
  slider.max = Math.max(newest, event);
  slider.value = event;
  slider.setAttribute("aria-valuetext", document.title);
  time.querySelector("[data-step='-1']").search = `?at=${Math.max(event - 1, 0)}${onward}`;
  time.querySelector("[data-step='1']").search = `?after=${event}${onward}`;
}

function step(by) {
  const event = Number(score().dataset.event);
  return by < 0 ? `at=${Math.max(event - 1, 0)}` : `after=${event}`;
}

// What is known by now of a moment that was opened by its address: how far the game is, and whether it was corrected.
async function compare() {
  const api = `/api${page}/boxscore`;
  const { event, permalink } = score().dataset;
  const [newest, now] = await Promise.all([fetch(api), fetch(`${api}?at=${event}`)]);
  if (newest.ok) newestEvent = (await newest.json())._id;
  showEvent(Number(event), newestEvent);
  superseded.hidden = !now.ok || new URL(permalink, location.href).searchParams.get("revision") === revisionOf(now);
}

function revisionOf(answer) {
  return answer.headers.get("etag")?.replace(/^(W\/)?"/, "").split(".")[0];
}

if (time) {
  time.classList.add("moving");
  time.elements.at.addEventListener("input", () => travel(`at=${time.elements.at.value}`));
  time.addEventListener("submit", (sent) => { sent.preventDefault(); travel(`at=${time.elements.at.value}`); });
  time.addEventListener("click", (click) => {
    const by = click.target.closest("[data-step]")?.dataset.step;
    if (!by || click.ctrlKey || click.metaKey || click.shiftKey) return;
    click.preventDefault();
    travel(step(Number(by)));
  });
}

// Keys -------------------------------------------------------------------------------------------------------------

const KEYS = {
  ArrowLeft: () => travel(step(-1)),
  ArrowRight: () => travel(step(1)),
  Home: () => travel("at=0"),
  End: () => (following ? undefined : back()),
  "?": () => keys.showModal(),
};

document.addEventListener("keydown", (pressed) => {
  const scrolls = pressed.target.closest?.("input, select, textarea, dialog, .scroll");
  if (scrolls || pressed.ctrlKey || pressed.metaKey || pressed.altKey || !score()) return;
  const meant = KEYS[pressed.key];
  if (!meant) return;
  pressed.preventDefault();
  meant();
});

const keysButton = document.querySelector("[data-keys]");
keysButton?.removeAttribute("hidden");
keysButton?.addEventListener("click", () => keys.showModal());

localise(part);
if (part.dataset.stream) {
  follow();
  age();
  setInterval(age, TICK_MS);
} else if (!delay) {
  compare();
}
