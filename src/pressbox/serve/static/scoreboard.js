// The scoreboard: cards move in place, new games appear, and what is worth it is said aloud, a sentence a second.

import { Following, become, mark, show, stand } from "./moving.js";

const SECOND_MS = 1000;
const SAID_APART_MAX = 4;

const board = document.querySelector(".board");
const connection = document.querySelector("[data-connection]");
const announced = document.querySelector("[data-announced]");
const delay = Number(connection.dataset.delay ?? 0);
const staleMs = Number(board.dataset.staleMs);

const cards = new Map([...board.querySelectorAll("[data-key]")].map((card) => [card.dataset.key, card]));
const unsaid = new Map();
let aheadMs = 0;

function arrived(message) {
  const template = document.createElement("template");
  template.innerHTML = message.data;
  return [...template.content.children];
}

function take(message) {
  arrived(message).forEach(put);
  age();
}

// All there is: what is not in it is no more.
function takeWhole(message) {
  const whole = arrived(message);
  const kept = new Set(whole.map((card) => card.dataset.key));
  whole.forEach(put);
  for (const [key, card] of cards) if (!kept.has(key)) drop(key, card);
  age();
}

function put(card) {
  const { key, said } = card.dataset;
  const had = cards.get(key);
  if (!had) return add(card);
  if (said && said !== had.dataset.said) unsaid.set(key, said);
  tellAge(card);
  become(had, card);
}

function add(card) {
  const { key, state } = card.dataset;
  const group = board.querySelector(`[data-group="${state}"]`);
  if (!group || "closed" in board.dataset) return;
  group.parentElement.hidden = false;
  board.querySelector("[data-empty]").hidden = true;
  if (state === "final") group.prepend(card);
  else group.append(card);
  cards.set(key, card);
  mark(card);
}

function drop(key, card) {
  const group = card.parentElement;
  cards.delete(key);
  card.remove();
  group.parentElement.hidden = !group.children.length;
  board.querySelector("[data-empty]").hidden = cards.size > 0;
}

// A live feed that is silent is told to be, whatever its clock says.
function tellAge(card) {
  const time = card.querySelector("time");
  if (!time) return;
  const { state } = card.dataset;
  const ageMs = Math.max(0, Date.now() + aheadMs - delay * SECOND_MS - Date.parse(time.dateTime));
  const stale = state === "live" && ageMs >= staleMs;
  const pill = card.querySelector(".state");
  const word = stale ? "stale" : state;
  if (!pill.classList.contains(word)) pill.className = `state ${word}`;
  show(pill, word);
  if (state === "final") show(time, ended(time));
  else show(time, stale ? `no news for ${inWords(ageMs)}` : `${inWords(ageMs)} ago`);
}

function ended(time) {
  return new Date(time.dateTime).toLocaleString([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

function inWords(ageMs) {
  const seconds = Math.floor(ageMs / SECOND_MS);
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

function age() {
  cards.forEach(tellAge);
}

function speak() {
  if (!unsaid.size) return;
  if (unsaid.size > SAID_APART_MAX) {
    announced.textContent = `the score changed in ${unsaid.size} games`;
    unsaid.clear();
    return;
  }
  const [key, said] = unsaid.entries().next().value;
  unsaid.delete(key);
  announced.textContent = said;
}

function setClock(message) {
  aheadMs = Number(message.data) - Date.now();
  age();
}

age();
setInterval(() => { age(); speak(); }, SECOND_MS);
new Following(board.dataset.stream, {
  quietS: Number(board.dataset.quietS),
  events: { changed: take, whole: takeWhole, now: setClock },
  show: (word) => stand(connection, word),
});
