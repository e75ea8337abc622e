// The operations page: moves while somebody looks, and says aloud when the verdict is another one.

import { Following, move, stand } from "./moving.js";

const part = document.querySelector("[data-stream]");
const connection = document.querySelector("[data-connection]");
const announced = document.querySelector("[data-announced]");

const verdict = () => part.querySelector("h1").textContent;
let said = verdict();

function take(message) {
  move(part, message.data);
  if (verdict() === said) return;
  announced.textContent = said = verdict();
  document.title = `${said} – pressbox`;
}

new Following(part.dataset.stream, {
  quietS: Number(part.dataset.quietS),
  events: { overview: take },
  show: (word) => stand(connection, word),
});
