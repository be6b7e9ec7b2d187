// The page: what is in the address is what is shown.

import * as address from "/page/address.js";
import * as api from "/page/api.js";
import { card, placeholder } from "/page/cards.js";
import { askForToken, onClose, showConcept, showWhy } from "/page/dialogs.js";
import { find, make } from "/page/elements.js";

const PAGE = 24;
const NOUNS = { any: "results", image: "pictures", text: "texts", audio: "sounds" };
const TRIES = ["a bird of prey", "something that makes music", "a ship at sea", "food for a party", "an animal that lives in water", "what firefighters use"];

const form = find("search");
const words = find("words");
const grid = find("grid");
const said = find("said");
const more = find("more");
const trouble = find("trouble");

let asked = null; // the search whose hits stand on the page
let running = null;
let picked = null; // a picture or a sound to search by

const quoted = (text) => `"${text.replace(/["\\]/g, "\\$&")}"`;

async function fieldsOf(state) {
  const fields = { to: state.to };
  if (state.q) fields.text = state.q;
  if (state.category) fields.where = `?item ${(await api.run()).category_path} ${quoted(state.category)}`;
  return fields;
}

const keyOf = (state) => JSON.stringify([state.q, state.to, state.category, state.like, state.file]);

const isStart = (state) => !state.q && !state.like && !state.file;

function show(state) {
  words.value = state.q;
  for (const choice of form.elements.to) choice.checked = choice.value === state.to;
  find("category").value = state.category;
  pick(state.file ? address.keptFile(state.file) : null);
  if (isStart(state)) showStart();
  else if (!asked || asked.key !== keyOf(state)) look(state);
  showDialogs(state);
}

function showStart() {
  running?.abort();
  asked = null;
  document.title = "Search · kgx";
  find("start").hidden = false;
  clear();
  said.textContent = "";
  more.hidden = trouble.hidden = true;
}

function clear() {
  grid.replaceChildren();
  api.tidy();
}

async function look(state) {
  running?.abort();
  const control = new AbortController();
  running = control;
  find("start").hidden = true;
  trouble.hidden = more.hidden = true;
  grid.setAttribute("aria-busy", "true");
  said.textContent = "Searching …";
  document.title = `${state.q || (state.like ? "More like this" : "By a file")} · kgx`;
  // What is quick needs no placeholders: they would only flicker.
  const slow = setTimeout(() => grid.replaceChildren(...Array.from({ length: 8 }, placeholder)), 150);
  try {
    if (state.file && !address.keptFile(state.file)) {
      throw new api.Problem(0, "The file was only in the tab where it was dropped: drop it again.");
    }
    asked = { key: keyOf(state), state, file: state.file ? address.keptFile(state.file) : null, hits: [] };
    const found = await page(asked, 0, control.signal);
    clearTimeout(slow);
    clear();
    append(asked, found);
  } catch (error) {
    clearTimeout(slow);
    if (error.name === "AbortError") return;
    asked = null;
    clear();
    said.textContent = "";
    troubled(error.status === 0 ? "That did not work" : "This cannot be searched for", error.message, () => look(state));
  } finally {
    if (running === control) {
      running = null;
      grid.removeAttribute("aria-busy");
    }
  }
}

async function page(search, offset, signal) {
  const { state, file } = search;
  if (state.like) return (await api.neighbours(state.like, { to: state.to, k: PAGE, offset }, signal)).hits;
  return (await api.search({ ...(await fieldsOf(state)), k: PAGE, offset }, file, signal)).hits;
}

function append(search, hits) {
  const { state } = search;
  const first = search.hits.length;
  search.hits.push(...hits);
  const actions = {
    // The interface explains why a query finds an item, not why items are alike: then there is nothing to ask.
    why: state.like ? null : (hit) => move({ why: hit.id }),
    like: (hit) => move({ ...CLEAR, like: hit.id, to: state.to }),
    browse,
  };
  grid.append(...hits.map((hit) => card(hit, actions)));
  more.hidden = hits.length < PAGE;
  const about = state.like ? `like ${nameOf(state.like)}` : state.q ? `for “${state.q}”` : "like your file";
  const filed = state.category ? ` in ${state.category}` : "";
  if (!search.hits.length) {
    said.textContent = `No ${NOUNS[state.to]} ${about}${filed}.`;
    troubled("Nothing was found", "Other words, or fewer filters, may help.", state.category ? () => move({ category: "" }) : null, "Search all categories");
  } else {
    const all = more.hidden ? "" : "First ";
    said.textContent = `${all}${search.hits.length} ${NOUNS[state.to]} ${about}${filed}, best first`;
  }
  if (first) grid.children[first]?.querySelector("button")?.focus();
}

const names = new Map();

function nameOf(id) {
  return names.get(id) || id;
}

more.addEventListener("click", async () => {
  const search = asked;
  if (!search) return;
  more.disabled = true;
  try {
    const hits = await page(search, search.hits.length);
    if (search === asked) append(search, hits);
  } catch (error) {
    said.textContent = error.message;
  } finally {
    more.disabled = false;
  }
});

function troubled(title, detail, again, label = "Try again") {
  trouble.className = again && label === "Try again" ? "trouble bad" : "trouble";
  trouble.replaceChildren(make("h2", {}, title), make("p", {}, detail));
  if (again) {
    const button = make("button", { type: "button" }, label);
    button.addEventListener("click", again);
    trouble.append(button);
  }
  trouble.setAttribute("role", "alert");
  trouble.hidden = false;
}

const CLEAR = { q: "", like: "", file: "", category: "", why: "", concept: "" };

function move(changes) {
  for (const hit of asked?.hits || []) names.set(hit.id, hit.caption ? `“${hit.caption}”` : hit.id);
  address.go(changes);
  show(address.read());
}

const browse = (iri) => move({ why: "", concept: iri });

function showDialogs(state) {
  for (const name of ["why", "concept"]) if (!state[name] && find(name).open) find(name).close();
  if (state.concept) {
    showConcept(state.concept, {
      browse,
      search: (text) => move({ ...CLEAR, q: text, to: state.to }),
      like: (item) => {
        names.set(item.id, item.caption ? `“${item.caption}”` : item.id);
        move({ ...CLEAR, like: item.id, to: state.to });
      },
    });
  } else if (state.why && !isStart(state) && !state.like) {
    const file = state.file ? address.keptFile(state.file) : null;
    const hit = asked?.hits.find((found) => found.id === state.why) || { id: state.why };
    const fields = { item: state.why };
    if (state.q) fields.text = state.q;
    showWhy(fields, file, hit);
  }
}

for (const name of ["why", "concept"]) {
  onClose(find(name), () => {
    if (!address.read()[name]) return;
    if (address.canGoBack()) history.back();
    else move({ [name]: "" });
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
  words.blur();
});
for (const choice of form.elements.to) choice.addEventListener("change", () => refine({ to: choice.value }));
find("category").addEventListener("change", (event) => refine({ category: event.target.value }));

function send() {
  const state = address.read();
  const file = picked ? address.keptFile(state.file) === picked ? state.file : address.keepFile(picked) : "";
  move({ ...CLEAR, q: words.value.trim(), file, to: form.elements.to.value, category: find("category").value });
}

function refine(changes) {
  if (words.value.trim() || picked) send();
  else move(changes);
}

function pick(file) {
  picked = file;
  const part = find("part");
  const picture = find("part-picture");
  if (picture.src) URL.revokeObjectURL(picture.src);
  part.hidden = !file;
  if (!file) return;
  const isSound = file.type.startsWith("audio/");
  find("part-name").textContent = file.name || "file";
  picture.hidden = isSound;
  find("part-glyph").hidden = !isSound;
  if (!isSound) picture.src = URL.createObjectURL(file);
}

function take(file) {
  if (!file) return;
  if (!/^(image|audio)\//.test(file.type)) {
    troubled("This cannot be searched by", `Expected a picture or a sound, got ${file.type || "a file of another kind"}.`);
    return;
  }
  words.value = "";
  pick(file);
  send();
}

find("file").addEventListener("change", (event) => {
  take(event.target.files[0]);
  event.target.value = "";
});
find("part-remove").addEventListener("click", () => {
  pick(null);
  words.focus();
  if (words.value.trim()) send();
});
addEventListener("paste", (event) => take([...event.clipboardData.files][0]));

let over = 0;
const holdsFile = (event) => event.dataTransfer?.types.includes("Files");
addEventListener("dragenter", (event) => { if (holdsFile(event)) { over += 1; find("drop").hidden = false; } });
addEventListener("dragleave", (event) => { if (holdsFile(event) && (over -= 1) <= 0) { over = 0; find("drop").hidden = true; } });
addEventListener("dragover", (event) => { if (holdsFile(event)) event.preventDefault(); });
addEventListener("drop", (event) => {
  if (!holdsFile(event)) return;
  event.preventDefault();
  over = 0;
  find("drop").hidden = true;
  take(event.dataTransfer.files[0]);
});

document.querySelector(".name").addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  move({ ...CLEAR, to: "any" });
  words.focus();
});
addEventListener("popstate", () => show(address.read()));
addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(input|select|textarea)$/i.test(event.target.tagName) && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    words.focus();
  }
});

function tryOut(text, changes = {}) {
  const chip = make("button", { type: "button", class: "chip" }, text);
  chip.addEventListener("click", () => move({ ...CLEAR, q: text, ...changes }));
  return make("li", {}, chip);
}

async function start() {
  api.onTokenNeeded(askForToken);
  find("tries").replaceChildren(...TRIES.map((text) => tryOut(text)));
  show(address.read());
  try {
    const held = await api.run();
    const kinds = { image: "pictures", text: "texts", audio: "sounds" };
    const counts = Object.entries(kinds).filter(([name]) => held.items[name]);
    find("holds").textContent = counts.map(([name, noun]) => `${held.items[name].toLocaleString()} ${noun}`).join(" · ");
    for (const choice of form.elements.to) choice.disabled = choice.value !== "any" && !held.items[choice.value];
    const categories = Object.entries(held.categories);
    if (categories.length) {
      const sorted = [...categories].sort(([one], [other]) => one.localeCompare(other));
      find("category").append(...sorted.map(([name, count]) => make("option", { value: name }, `${name} (${count})`)));
      find("category-label").hidden = false;
      find("category").value = address.read().category;
      find("tries").replaceChildren(...TRIES.slice(0, 3).map((text) => tryOut(text)), ...categories.slice(0, 12).map(([name]) => tryOut(name)));
    }
  } catch (error) {
    find("holds").textContent = error.message;
  }
}

start();
