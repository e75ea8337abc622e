// A game page: moves as documents arrive, and says aloud what is worth it.

import { Following, localise, move, show } from "./moving.js";

const part = document.querySelector("[data-stream]");
const connection = document.querySelector("[data-connection]");
const announced = document.querySelector("[data-announced]");

let said = part.querySelector("[data-announce]")?.dataset.announce ?? "";

function take(message) {
  move(part, message.data);
  const { title, announce } = part.querySelector("[data-title]").dataset;
  document.title = title;
  if (announce !== said) announced.textContent = said = announce;
}

localise(part);
new Following(part.dataset.stream, {
  quietS: Number(part.dataset.quietS),
  events: { document: take },
  show: (word) => show(connection, word),
});
