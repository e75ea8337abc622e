// Moves a game page as documents arrive. The server renders; this puts in place what differs, marks it and says it.

const MARKED_MS = 2000;
const AGAIN_MS = 3000;
const QUIETS_MISSED = 2.5;

const part = document.querySelector("[data-stream]");
const connection = document.querySelector("[data-connection]");
const announced = document.querySelector("[data-announced]");
const address = new URL(part.dataset.stream, location.href);
const silenceMs = QUIETS_MISSED * 1000 * part.dataset.quietS;

let stream = null;
let again = 0;
let said = part.querySelector("[data-announce]")?.dataset.announce ?? "";

function follow() {
  leave();
  if (document.hidden) return;
  stream = new EventSource(address);
  stream.addEventListener("open", heard);
  stream.addEventListener("quiet", heard);
  stream.addEventListener("document", take);
  stream.addEventListener("error", missed);
  expect(silenceMs);
}

function leave() {
  clearTimeout(again);
  stream?.close();
  stream = null;
}

function heard() {
  show("connected");
  expect(silenceMs);
}

function missed() {
  show("reconnecting");
  // The browser itself tries again, except after an answer that is no stream.
  if (stream.readyState === EventSource.CLOSED) expect(AGAIN_MS);
}

function expect(withinMs) {
  clearTimeout(again);
  again = setTimeout(() => { show("reconnecting"); follow(); }, withinMs);
}

function show(word) {
  if (connection.textContent !== word) connection.textContent = word;
}

function take(message) {
  heard();
  address.searchParams.set("after", message.lastEventId);
  const arrived = document.createElement("template");
  arrived.innerHTML = message.data;
  arrived.content.querySelectorAll("time").forEach(localise);
  becomeChildren(part, arrived.content);
  const { title, announce } = part.querySelector("[data-title]").dataset;
  document.title = title;
  if (announce !== said) announced.textContent = said = announce;
}

// Only what differs is touched, so focus, selection and scrolled tables stay as they are.
function become(old, now) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data === now.data) return;
    old.data = now.data;
    mark(old.parentElement);
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "data-changed" && !now.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  becomeChildren(old, now);
}

// Children keep their places; one whose key is new here is marked, one that only moved takes its mark along.
function becomeChildren(old, now) {
  const known = new Map([...old.children].map((one) => [one.dataset.key, "changed" in one.dataset]));
  const wanted = [...now.childNodes];
  wanted.forEach((one, place) => {
    const had = old.childNodes[place];
    if (had?.nodeName === one.nodeName && had.dataset?.key === one.dataset?.key) {
      become(had, one);
      return;
    }
    if (had) had.replaceWith(one);
    else old.append(one);
    if (one.dataset?.key && (known.get(one.dataset.key) ?? true)) mark(one);
  });
  while (old.childNodes.length > wanted.length) old.lastChild.remove();
}

function mark(element) {
  element.setAttribute("data-changed", "");
  setTimeout(() => element.removeAttribute("data-changed"), MARKED_MS);
}

function localise(time) {
  time.textContent = new Date(time.dateTime).toLocaleTimeString();
}

part.querySelectorAll("time").forEach(localise);
addEventListener("offline", () => { leave(); show("reconnecting"); });
addEventListener("online", follow);
// Browsers allow six connections a server: a tab nobody sees keeps none.
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : follow()));
follow();
