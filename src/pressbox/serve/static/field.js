// The field from above: athletes as dots that glide to where they were seen last, with trails of the last seconds.

const TRAIL_MS = 10_000;
const TRAIL_STEP_MS = 100;
const GLIDE_MS = 60;
const SILENT_MS = 3000;
const MARGIN_M = 8; // the bench is beside the field
// Lines in metres, by the rules of each sport.
const PENALTY_AREA_M = [16.5, 40.32];
const CENTRE_CIRCLE_M = 9.15;
const GOAL_LINE_TO_END_M = 13.716; // 15 yards
const CREASE_M = 2.743; // 9 feet
const RESTRAINING_FROM_MIDDLE_M = 18.288; // 20 yards

export class Field {
  #canvas;
  #pen;
  #lengthM;
  #widthM;
  #sport;
  #dots = new Map();
  #colours = {};
  #scale = 1;
  #paintedMs = 0;
  #still = matchMedia("(prefers-reduced-motion: reduce)");
  #painted;
  followed = null;

  // `painted(nowMs)` is called after each frame; `follow(athlete)` when a dot is tapped.
  constructor(canvas, { lengthM, widthM, sport, painted, follow }) {
    [this.#canvas, this.#pen] = [canvas, canvas.getContext("2d")];
    [this.#lengthM, this.#widthM, this.#sport, this.#painted] = [lengthM, widthM, sport, painted];
    new ResizeObserver(() => this.#measure()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#measure());
    canvas.addEventListener("click", (tap) => follow(this.#nearest(tap.offsetX, tap.offsetY)));
    this.#measure();
    requestAnimationFrame((nowMs) => this.#frame(nowMs));
  }

  place(athlete, label, xM, yM) {
    const nowMs = performance.now();
    const dot = this.#dots.get(athlete);
    if (!dot) this.#dots.set(athlete, { label, x: xM, y: yM, toX: xM, toY: yM, seenMs: nowMs, trail: [] });
    else [dot.toX, dot.toY, dot.seenMs] = [xM, yM, nowMs];
  }

  #measure() {
    const { clientWidth, clientHeight } = this.#canvas;
    const density = devicePixelRatio || 1;
    [this.#canvas.width, this.#canvas.height] = [clientWidth * density, clientHeight * density];
    this.#scale = Math.min(clientWidth / (this.#lengthM + 2 * MARGIN_M), clientHeight / (this.#widthM + 2 * MARGIN_M));
    const style = getComputedStyle(this.#canvas);
    for (const name of ["quiet", "edge", "accent", "ground", "home"]) {
      this.#colours[name] = style.getPropertyValue(`--field-${name}`).trim();
    }
    this.#colours.font = style.fontFamily;
  }

  // The plane has y to the far side, a canvas has it downward.
  #at(xM, yM) {
    const { clientWidth, clientHeight } = this.#canvas;
    return [clientWidth / 2 + xM * this.#scale, clientHeight / 2 - yM * this.#scale];
  }

  #nearest(left, top) {
    let [found, nearest] = [null, 30 ** 2];
    for (const [athlete, dot] of this.#dots) {
      const [x, y] = this.#at(dot.x, dot.y);
      const distance = (x - left) ** 2 + (y - top) ** 2;
      if (distance < nearest) [found, nearest] = [athlete, distance];
    }
    return found;
  }

  #frame(nowMs) {
    const share = this.#still.matches ? 1 : 1 - Math.exp(-(nowMs - this.#paintedMs) / GLIDE_MS);
    this.#paintedMs = nowMs;
    const density = devicePixelRatio || 1;
    this.#pen.setTransform(density, 0, 0, density, 0, 0);
    this.#pen.clearRect(0, 0, this.#canvas.clientWidth, this.#canvas.clientHeight);
    this.#lines();
    for (const dot of this.#dots.values()) this.#move(dot, share, nowMs);
    for (const [athlete, dot] of this.#dots) this.#trail(dot, athlete === this.followed, nowMs);
    for (const [athlete, dot] of this.#dots) this.#dot(dot, athlete === this.followed, nowMs);
    this.#painted(nowMs);
    requestAnimationFrame((next) => this.#frame(next));
  }

  #move(dot, share, nowMs) {
    dot.x += (dot.toX - dot.x) * share;
    dot.y += (dot.toY - dot.y) * share;
    const last = dot.trail.at(-1);
    if (!last || nowMs - last[2] >= TRAIL_STEP_MS) dot.trail.push([dot.x, dot.y, nowMs]);
    while (dot.trail.length && nowMs - dot.trail[0][2] > TRAIL_MS) dot.trail.shift();
  }

  #trail(dot, isFollowed, nowMs) {
    if (dot.trail.length < 2 || nowMs - dot.seenMs > SILENT_MS) return;
    this.#pen.beginPath();
    for (const [x, y] of dot.trail) this.#pen.lineTo(...this.#at(x, y));
    this.#pen.lineTo(...this.#at(dot.x, dot.y));
    this.#pen.strokeStyle = isFollowed ? this.#colours.accent : this.#colours.home;
    this.#pen.globalAlpha = isFollowed ? 0.9 : 0.25;
    this.#pen.lineWidth = isFollowed ? 3 : 1.5;
    this.#pen.stroke();
    this.#pen.globalAlpha = 1;
  }

  #dot(dot, isFollowed, nowMs) {
    const [x, y] = this.#at(dot.x, dot.y);
    const isSilent = nowMs - dot.seenMs > SILENT_MS;
    this.#pen.beginPath();
    this.#pen.arc(x, y, isFollowed ? 11 : 9, 0, 2 * Math.PI);
    this.#pen.fillStyle = isSilent ? this.#colours.ground : isFollowed ? this.#colours.accent : this.#colours.home;
    this.#pen.fill();
    this.#pen.lineWidth = 1.5;
    this.#pen.strokeStyle = isSilent ? this.#colours.quiet : this.#colours.ground;
    this.#pen.setLineDash(isSilent ? [3, 3] : []);
    this.#pen.stroke();
    this.#pen.setLineDash([]);
    this.#pen.fillStyle = isSilent ? this.#colours.quiet : this.#colours.ground;
    this.#pen.font = `600 10px ${this.#colours.font}`;
    this.#pen.textAlign = "center";
    this.#pen.textBaseline = "middle";
    this.#pen.fillText(dot.label, x, y + 0.5);
  }

  #lines() {
    const [halfLength, halfWidth] = [this.#lengthM / 2, this.#widthM / 2];
    this.#pen.strokeStyle = this.#colours.edge;
    this.#pen.lineWidth = 1;
    this.#rectangle(-halfLength, halfWidth, this.#lengthM, this.#widthM);
    this.#line(0, -halfWidth, 0, halfWidth);
    if (this.#sport === "football") {
      const [depth, width] = PENALTY_AREA_M;
      this.#circle(0, 0, CENTRE_CIRCLE_M);
      for (const left of [-halfLength, halfLength - depth]) this.#rectangle(left, width / 2, depth, width);
    } else if (this.#sport === "lacrosse") {
      for (const side of [-1, 1]) {
        this.#circle(side * (halfLength - GOAL_LINE_TO_END_M), 0, CREASE_M);
        this.#line(side * RESTRAINING_FROM_MIDDLE_M, -halfWidth, side * RESTRAINING_FROM_MIDDLE_M, halfWidth);
      }
    }
  }

  #rectangle(leftM, topM, lengthM, widthM) {
    this.#pen.strokeRect(...this.#at(leftM, topM), lengthM * this.#scale, widthM * this.#scale);
  }

  #line(fromX, fromY, toX, toY) {
    this.#pen.beginPath();
    this.#pen.moveTo(...this.#at(fromX, fromY));
    this.#pen.lineTo(...this.#at(toX, toY));
    this.#pen.stroke();
  }

  #circle(xM, yM, radiusM) {
    this.#pen.beginPath();
    this.#pen.arc(...this.#at(xM, yM), radiusM * this.#scale, 0, 2 * Math.PI);
    this.#pen.stroke();
  }
}
