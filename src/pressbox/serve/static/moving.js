// Follows streams and moves parts of pages. The server renders; this puts in place what differs and marks it.

const MARKED_MS = 2000;
const AGAIN_MS = 3000;
const QUIETS_MISSED = 2.5;
// Attributes that are the reader's or this page's own: the server does not know of them.
const OURS = ["data-changed", "open"];

// Follows the Server-Sent Events at an address for as long as the page is seen and online.
// `events` are functions by event name; `show` is told "connected" or "reconnecting".
export class Following {
  #address;
  #silenceMs;
  #events;
  #show;
  #stream = null;
  #again = 0;
  #wanted = true;

  constructor(address, { quietS, events, show }) {
    this.#address = new URL(address, location.href);
    this.#silenceMs = QUIETS_MISSED * 1000 * quietS;
    this.#events = events;
    this.#show = show;
    addEventListener("offline", () => { this.#leave(); this.#say("reconnecting"); });
    addEventListener("online", () => this.#follow());
    // Browsers allow six connections a server: a tab nobody sees keeps none.
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#leave() : this.#follow()));
    this.#follow();
  }

  stop() {
    this.#wanted = false;
    this.#leave();
  }

  resume() {
    this.#wanted = true;
    this.#follow();
  }

  #follow() {
    this.#leave();
    if (document.hidden || !this.#wanted) return;
    this.#stream = new EventSource(this.#address);
    this.#stream.addEventListener("open", () => this.#heard());
    this.#stream.addEventListener("quiet", () => this.#heard());
    this.#stream.addEventListener("error", () => this.#missed());
    for (const [name, take] of Object.entries(this.#events)) {
      this.#stream.addEventListener(name, (message) => {
        this.#heard();
        if (message.lastEventId) this.#address.searchParams.set("after", message.lastEventId);
        take(message);
      });
    }
    this.#expect(this.#silenceMs);
  }

  #leave() {
    clearTimeout(this.#again);
    this.#stream?.close();
    this.#stream = null;
  }

  #heard() {
    this.#say("connected");
    this.#expect(this.#silenceMs);
  }

  #missed() {
    this.#say("reconnecting");
    // The browser itself tries again, except after an answer that is no stream.
    if (this.#stream?.readyState === EventSource.CLOSED) this.#expect(AGAIN_MS);
  }

  #expect(withinMs) {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => { this.#say("reconnecting"); this.#follow(); }, withinMs);
  }

  #say(word) {
    if (this.#wanted) this.#show(word);
  }
}

// Says how the page stands in the one place for it, `connection`: as what kind of state, and in which words. A page that
// is connected with a delay says the delay.
export function stand(connection, kind, words = kind) {
  const { delay } = connection.dataset;
  const isDelayed = kind === "connected" && Number(delay) > 0;
  const state = connection.querySelector(".state") ?? connection.appendChild(document.createElement("span"));
  state.className = `state ${isDelayed ? "delayed" : kind}`;
  show(state, isDelayed ? `delayed by ${delay} s` : words);
}

export function show(element, word) {
  if (element.textContent !== word) element.textContent = word;
}

// Makes the children of an element those of the HTML given.
export function move(element, html) {
  const arrived = document.createElement("template");
  arrived.innerHTML = html;
  localise(arrived.content);
  becomeChildren(element, arrived.content);
}

// Only what differs is touched, so focus, selection and scrolled tables stay as they are.
export function become(old, now) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data === now.data) return;
    old.data = now.data;
    mark(old.parentElement);
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!OURS.includes(name) && !now.hasAttribute(name)) old.removeAttribute(name);
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

export function mark(element) {
  element.setAttribute("data-changed", "");
  setTimeout(() => element.removeAttribute("data-changed"), MARKED_MS);
}

// Times are told in the reader's own zone and manner.
export function localise(root) {
  root.querySelectorAll("time").forEach((time) => {
    time.textContent = new Date(time.dateTime).toLocaleTimeString();
  });
}
