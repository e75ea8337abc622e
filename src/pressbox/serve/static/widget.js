// The widget: moves by a stream of its own.

import { Following, move } from "./moving.js";

const part = document.querySelector("[data-stream]");

new Following(part.dataset.stream, {
  quietS: Number(part.dataset.quietS),
  events: { document: (message) => move(part, message.data) },
  show: (word) => { part.dataset.connection = word; },
});
