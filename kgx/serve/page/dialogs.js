// What opens over the results: why something was found, a concept and what is around it, the token.

import * as api from "/page/api.js";
import { preview } from "/page/cards.js";
import { find, make } from "/page/elements.js";

export function onClose(dialog, closed) {
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", closed);
}

function open(dialog) {
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

function failed(error) {
  return make("p", { class: "trouble bad", role: "alert" }, error.message);
}

export async function showWhy(fields, file, hit) {
  const dialog = find("why");
  const inside = find("why-inside");
  find("why-title").textContent = `Why “${hit.caption || hit.id}”?`;
  inside.replaceChildren(make("p", { class: "faint", role: "status" }, "Looking for the way there …"));
  open(dialog);
  try {
    const [told, drawn] = await Promise.all([api.explain(fields, file), api.drawing(fields, file)]);
    const said = explained(told, hit);
    const picture = make("img", { class: "drawing", alt: said.alternative });
    inside.replaceChildren(make("div", { class: "scroll" }, picture), ...said.parts);
    api.lend(picture, drawn);
  } catch (error) {
    inside.replaceChildren(failed(error));
  }
}

const KINDS = { image: "pictures", text: "texts", audio: "sounds" };

const percent = (value, whole) => (whole ? `${Math.round((100 * value) / whole)} %` : "");

function sentence(path) {
  const parts = [path.nodes[0].label];
  path.steps.forEach((step, place) => {
    parts.push(step.inverse ? ` ← ${step.relation} — ` : ` — ${step.relation} → `, path.nodes[place + 1].label);
  });
  return parts.join("");
}

function explained(told, hit) {
  const parts = [];
  const plain = told.plain?.rank ? ` Without the graph it would be number ${told.plain.rank}.` : "";
  parts.push(make("p", { class: "lead" }, `Score ${told.score.toFixed(3)}, the ${told.explained}: number ${told.rank} of ${told.of} ${KINDS[told.modality]}.${plain}`));
  if (hit.score !== undefined && Math.abs(hit.score - told.score) >= 0.001) {
    const why = "for which texts, pictures and sounds are aligned, so that none comes first for being what it is";
    parts.push(make("p", { class: "faint" }, `Among everything it is number ${hit.rank}, by a score of ${hit.score.toFixed(3)}, ${why}.`));
  }
  if (told.paths.length) {
    const paths = told.paths.slice(0, 6).map((path) =>
      make("li", {}, sentence(path), " ", make("span", { class: "step" }, `${path.value >= 0 ? "+" : ""}${path.value.toFixed(3)}`)));
    parts.push(make("h3", {}, "Paths"), make("ol", { class: "paths" }, ...paths));
  }
  parts.push(...contributions("What the query's relations add to the score", told.query_contributions, told.score));
  parts.push(...contributions("What the item's relations add to the score", told.item_contributions, told.score));
  for (const note of told.notes || []) parts.push(make("p", { class: "faint" }, note));
  const first = told.paths[0];
  return { alternative: first ? `Drawing of the paths; the best: ${sentence(first)}` : "There is no path through the graph.", parts };
}

function contributions(title, all, score) {
  const strongest = [...(all || [])].sort((one, other) => Math.abs(other.value) - Math.abs(one.value)).slice(0, 6);
  if (!strongest.length) return [];
  const rows = strongest.map((one) =>
    make("tr", {}, make("td", {}, one.name), make("td", { class: "number" }, one.value.toFixed(3)), make("td", { class: "number" }, percent(one.value, score))));
  const head = make("thead", {}, make("tr", {},
    make("th", { scope: "col" }, "Relation"), make("th", { scope: "col", class: "number" }, "Adds"), make("th", { scope: "col", class: "number" }, "Share")));
  return [make("h3", {}, title), make("div", { class: "scroll" }, make("table", {}, head, make("tbody", {}, ...rows)))];
}

export async function showConcept(name, { browse, search, like }) {
  const dialog = find("concept");
  const inside = find("concept-inside");
  const title = find("concept-title");
  title.textContent = "…";
  inside.replaceChildren(make("p", { class: "faint", role: "status" }, "Looking it up …"));
  open(dialog);
  try {
    const found = await api.entity(name);
    title.textContent = found.label;
    const parts = [];
    const others = found.labels.filter((label) => label !== found.label).slice(0, 12);
    if (others.length) parts.push(make("p", { class: "faint" }, `also called ${others.join(", ")}`));
    if (found.definition) parts.push(make("p", {}, found.definition));
    const seek = make("button", { type: "button", class: "go" }, `Search for “${found.label}”`);
    seek.addEventListener("click", () => search(found.label));
    parts.push(make("p", { class: "seek" }, seek));
    parts.push(...linked(found, like));
    for (const relation of found.outgoing) parts.push(...related(relation, "→", browse, next(found, "outgoing", relation)));
    const told = new Set(found.outgoing.map(endsOf));
    // What is stated in both directions is shown once.
    for (const relation of found.incoming.filter((one) => !told.has(endsOf(one)))) parts.push(...related(relation, "←", browse, next(found, "incoming", relation)));
    if (found.others.length) parts.push(...related({ label: "other meanings", total: found.others.length, ends: found.others }, "≠", browse));
    inside.replaceChildren(...parts);
    api.tidy();
  } catch (error) {
    title.textContent = name;
    inside.replaceChildren(failed(error));
  }
}

const endsOf = (relation) => relation.ends.map((end) => end.iri).sort().join(" ");

// Neighbours, or items, that are asked for at once, where somebody wants to see more.
const most = async () => Math.min(100, (await api.run()).limits.hits);
const SMALL = 160; // pixels of the longer side of a small picture
const SHOWN = 12; // items of a concept that are shown at first

// What asks for the neighbours of a relation from a place on.
const next = (found, direction, { relation }) => async (offset) => {
  const told = await api.entity(found.iri, { relation, offset, limit: await most() });
  return told[direction].find((one) => one.relation === relation)?.ends || [];
};

function related(relation, arrow, browse, further) {
  const chip = (end) => {
    const button = make("button", { type: "button", class: "chip", title: end.definition || end.iri }, end.label);
    button.addEventListener("click", () => browse(end.iri));
    return make("li", {}, button);
  };
  const list = make("ul", { class: "chips" }, ...relation.ends.map(chip));
  extend(list, relation.total, relation.ends.length, further, chip, `and NUMBER more: ${relation.label}`);
  return [make("h3", {}, `${arrow} ${relation.label}`), list];
}

// Put a button behind a list that is not complete, which brings what follows.
function extend(list, total, shown, further, entry, name) {
  const left = total - shown;
  if (left <= 0 || !further) return;
  const number = left.toLocaleString();
  const button = make("button", { type: "button", class: "chip further", "aria-label": name.replace("NUMBER", number) }, `and ${number} more`);
  const place = make("li", {}, button);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const fresh = (await further(shown)).map(entry);
      place.replaceWith(...fresh);
      if (fresh.length) extend(list, total, shown + fresh.length, further, entry, name);
      fresh[0]?.querySelector("button")?.focus();
    } catch (error) {
      button.disabled = false;
      button.textContent = error.message;
    }
  });
  list.append(place);
}

function linked(found, like) {
  const { total, items } = found.items;
  if (!total) return [];
  const entry = (item) => {
    const button = make("button", { type: "button", class: "item", "aria-label": `More like ${item.caption || item.id}` }, `${item.modality === "audio" ? "♪ " : ""}${item.caption || item.id}`);
    if (item.modality === "image" && item.media) button.replaceChildren(preview(item, SMALL));
    button.addEventListener("click", () => like(item));
    return make("li", {}, button);
  };
  const list = make("ul", { class: "items" }, ...items.slice(0, SHOWN).map(entry));
  const further = async (offset) => (await api.entity(found.iri, { offset, limit: await most() })).items.items;
  extend(list, total, Math.min(items.length, SHOWN), further, entry, "and NUMBER more items");
  return [make("h3", {}, `${total.toLocaleString()} ${total === 1 ? "item" : "items"} of this collection`), list];
}

export function askForToken() {
  const dialog = find("token");
  const value = find("token-value");
  value.value = "";
  open(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(value.value.trim() || null), { once: true });
  });
}
