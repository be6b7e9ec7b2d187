// What was found, as cards.

import { show } from "/page/api.js";
import { make } from "/page/elements.js";

const KINDS = { image: "Picture", text: "Text", audio: "Sound" };
const MOST_CONCEPTS = 4;
const SIDE = 480; // pixels of a picture's longer side, enough for a card on a fine screen

function wave() {
  const heights = [6, 14, 22, 12, 28, 18, 34, 24, 14, 26, 32, 16, 22, 10, 18, 8];
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawn.setAttribute("viewBox", "0 0 128 40");
  drawn.setAttribute("aria-hidden", "true");
  heights.forEach((height, place) => {
    const bar = document.createElementNS(drawn.namespaceURI, "rect");
    for (const [name, value] of Object.entries({ x: place * 8 + 1, y: 20 - height / 2, width: 4, height, rx: 2, fill: "currentColor" })) {
      bar.setAttribute(name, value);
    }
    drawn.append(bar);
  });
  return drawn;
}

function picture(hit, side) {
  const image = make("img", { alt: hit.caption || hit.id, loading: "lazy", decoding: "async" });
  const shown = make("div", { class: "shown" }, image);
  const lost = () => shown.replaceWith(make("div", { class: "shown lost" }, "The picture cannot be shown"));
  image.addEventListener("error", lost);
  show(image, `${hit.media}?side=${side}`).catch(lost);
  return shown;
}

function sound(hit) {
  const player = make("audio", { controls: "", preload: "none", "aria-label": `Sound: ${hit.caption || hit.id}` });
  show(player, hit.media).catch(() => player.replaceWith("The sound cannot be played"));
  // One at a time.
  player.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) if (other !== player) other.pause();
  });
  return make("div", { class: "shown sound" }, wave(), player);
}

export function preview(hit, side = SIDE) {
  if (hit.modality === "image" && hit.media) return picture(hit, side);
  if (hit.modality === "audio" && hit.media) return sound(hit);
  return make("div", { class: "shown words" }, make("p", {}, hit.caption));
}

export function conceptChip(concept, browse) {
  const met = concept.meets ? (concept.by ? `${concept.label} → ${concept.meets}` : concept.label) : concept.label;
  const relation = concept.by ? `${concept.relation}; ${concept.by}: ${concept.meets}` : concept.relation;
  const chip = make("button", { type: "button", class: concept.meets ? "chip met" : "chip", title: relation }, met);
  chip.setAttribute("aria-label", `Concept ${met} (${relation})`);
  chip.addEventListener("click", () => browse(concept.iri || concept.label));
  return chip;
}

export function card(hit, { why, like, browse }) {
  // Of several that are called alike, the one that is linked most strongly.
  const named = hit.concepts.filter(({ label }, place, all) => all.findIndex((other) => other.label === label) === place);
  const chips = named.slice(0, MOST_CONCEPTS).map((concept) => make("li", {}, conceptChip(concept, browse)));
  const score = Math.max(0, Math.min(1, hit.score));
  const about = make("div", { class: "about" });
  if (hit.modality !== "text") about.append(make("p", { class: "caption" }, hit.caption || hit.id));
  about.append(
    make("div", { class: "meta" },
      make("span", {}, KINDS[hit.modality]),
      make("meter", { min: 0, max: 1, value: score, title: `Score ${hit.score.toFixed(3)}`, "aria-label": "Score" }),
      make("span", {}, hit.score.toFixed(2))),
  );
  if (chips.length) about.append(make("ul", { class: "chips", "aria-label": "Concepts" }, ...chips));
  const name = hit.caption || hit.id;
  const does = make("div", { class: "does" });
  if (why) {
    const asked = make("button", { type: "button", class: "why", "aria-label": `Why ${name}?` }, "Why?");
    asked.addEventListener("click", () => why(hit));
    does.append(asked);
  }
  const alike = make("button", { type: "button", class: "like", "aria-label": `More like ${name}` }, "More like this");
  alike.addEventListener("click", () => like(hit));
  does.append(alike);
  about.append(does);
  return make("li", { class: "card", "data-id": hit.id, "data-rank": hit.rank }, preview(hit), about);
}

export function placeholder() {
  return make("li", { class: "card waiting", "aria-hidden": "true" },
    make("div", { class: "shown" }),
    make("div", { class: "about" }, make("div", { class: "bar" }), make("div", { class: "bar" })));
}
