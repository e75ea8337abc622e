// Replaces the live part of a game page as documents arrive. The server renders; this only puts in place.
const part = document.querySelector("[data-stream]");
const connection = document.querySelector("[data-connection]");

function follow() {
  const stream = new EventSource(part.dataset.stream);
  stream.addEventListener("open", () => { connection.textContent = ""; });
  stream.addEventListener("error", () => { connection.textContent = "reconnecting"; });
  stream.addEventListener("document", (message) => {
    const scrolled = [...part.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    part.innerHTML = message.data;
    part.querySelectorAll(".scroll").forEach((one, place) => { one.scrollLeft = scrolled[place] ?? 0; });
    document.querySelector(".score")?.classList.add("changed");
  });
}

if (part) follow();
