// Thresholds a coach sets, kept in this browser, and the alerts that say why.

export class Thresholds {
  #key;
  #form;
  #list;
  #alerts;
  #kept;
  #over = new Map();

  constructor(stadium, { form, list, alerts }) {
    [this.#key, this.#form, this.#list, this.#alerts] = [`pressbox.thresholds.${stadium}`, form, list, alerts];
    this.#kept = this.#read();
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#add(); });
    form.elements.figure.addEventListener("change", () => this.#showUnit());
    this.#showUnit();
    this.#show();
  }

  // Takes what is known of an athlete now, by figure, and raises or ends alerts.
  look(athlete, name, values) {
    for (const { figure, label, unit, side, limit } of this.#kept) {
      const value = values[figure];
      const key = `${athlete} ${figure}`;
      const isBeyond = value !== undefined && value !== null && (side === "under" ? value < limit : value > limit);
      if (!isBeyond) this.#end(key);
      else this.#raise(key, athlete, `${name}: ${label.toLowerCase()} ${format(value)} ${unit}, ${side} ${format(limit)}`);
    }
  }

  #raise(key, athlete, words) {
    let alert = this.#over.get(key);
    if (!alert) {
      const item = document.createElement("li");
      item.className = "notice problem";
      const since = new Date().toLocaleTimeString();
      item.append(document.createElement("span"), ` since ${since}`);
      // A region that is polite reads what is added; the number that goes on moving is not read again and again.
      item.firstChild.textContent = words;
      this.#alerts.append(item);
      alert = { item, athlete };
      this.#over.set(key, alert);
      this.#markCards();
    }
  }

  #end(key) {
    const alert = this.#over.get(key);
    if (!alert) return;
    alert.item.remove();
    this.#over.delete(key);
    this.#markCards();
  }

  #markCards() {
    const alarmed = new Set([...this.#over.values()].map((one) => one.athlete));
    for (const card of document.querySelectorAll("[data-athlete]")) {
      card.toggleAttribute("data-alert", alarmed.has(card.dataset.athlete));
    }
  }

  #add() {
    const { figure, value } = this.#form.elements;
    const chosen = figure.selectedOptions[0];
    const limit = Number(value.value);
    this.#kept = this.#kept.filter((one) => one.figure !== figure.value);
    this.#kept.push({ figure: figure.value, label: chosen.textContent, unit: chosen.dataset.unit, side: sideOf(chosen), limit });
    value.value = "";
    this.#keep();
  }

  #remove(figure) {
    this.#kept = this.#kept.filter((one) => one.figure !== figure);
    this.#keep();
  }

  #keep() {
    for (const key of [...this.#over.keys()]) this.#end(key);
    localStorage.setItem(this.#key, JSON.stringify(this.#kept));
    this.#show();
  }

  #read() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.#key) ?? "[]");
      return Array.isArray(kept) ? kept.filter((one) => typeof one.limit === "number") : [];
    } catch {
      return []; // another program's, or cut: thresholds begin anew
    }
  }

  #showUnit() {
    const chosen = this.#form.elements.figure.selectedOptions[0];
    this.#form.querySelector("[data-unit-shown]").textContent = `${sideOf(chosen)} ${chosen.dataset.unit}`;
  }

  #show() {
    this.#list.replaceChildren(...this.#kept.map(({ figure, label, unit, side, limit }) => {
      const [item, button] = [document.createElement("li"), document.createElement("button")];
      item.append(`${label} ${side} ${format(limit)} ${unit} `, button);
      button.type = "button";
      button.textContent = "Remove";
      button.setAttribute("aria-label", `Remove: ${label} ${side} ${format(limit)} ${unit}`);
      button.addEventListener("click", () => this.#remove(figure));
      return item;
    }));
  }
}

function sideOf(chosen) {
  return "under" in chosen.dataset ? "under" : "over";
}

function format(value) {
  return value.toLocaleString(undefined, { maximumFractionDigits: 1 });
}
