// What opens over the results: why something was found, a concept and what is around it, the token.

import * as api from "/page/api.js";
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
    const said = explained(told);
    const picture = make("img", { class: "drawing", src: drawn, alt: said.alternative });
    inside.replaceChildren(make("div", { class: "scroll" }, picture), ...said.parts);
  } catch (error) {
    inside.replaceChildren(failed(error));
  }
}

const percent = (value, whole) => (whole ? `${Math.round((100 * value) / whole)} %` : "");

function sentence(path) {
  const parts = [path.nodes[0].label];
  path.steps.forEach((step, place) => {
    parts.push(step.inverse ? ` ← ${step.relation} — ` : ` — ${step.relation} → `, path.nodes[place + 1].label);
  });
  return parts.join("");
}

function explained(told) {
  const parts = [];
  const plain = told.plain?.rank ? ` Without the graph it would be number ${told.plain.rank}.` : "";
  parts.push(make("p", { class: "lead" }, `Score ${told.score.toFixed(3)}: number ${told.rank} of ${told.of}.${plain}`));
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

export async function showConcept(name, { browse, search }) {
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
    for (const relation of found.outgoing) parts.push(...related(relation, "→", browse));
    const told = new Set(found.outgoing.map(endsOf));
    // What is stated in both directions is shown once.
    for (const relation of found.incoming.filter((one) => !told.has(endsOf(one)))) parts.push(...related(relation, "←", browse));
    if (found.others.length) parts.push(...related({ label: "other meanings", total: found.others.length, ends: found.others }, "≠", browse));
    inside.replaceChildren(...parts);
  } catch (error) {
    title.textContent = name;
    inside.replaceChildren(failed(error));
  }
}

const endsOf = (relation) => relation.ends.map((end) => end.iri).sort().join(" ");

function related(relation, arrow, browse) {
  const ends = relation.ends.map((end) => {
    const chip = make("button", { type: "button", class: "chip", title: end.definition || end.iri }, end.label);
    chip.addEventListener("click", () => browse(end.iri));
    return make("li", {}, chip);
  });
  const more = relation.total - relation.ends.length;
  if (more > 0) ends.push(make("li", { class: "faint" }, `and ${more.toLocaleString()} more`));
  return [make("h3", {}, `${arrow} ${relation.label}`), make("ul", { class: "chips" }, ...ends)];
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
