// What is looked at, in the address: it can be shared, and "back" works. A file stays in this tab.

const NAMES = ["q", "to", "category", "like", "why", "concept", "file"];
const files = new Map();

export function read() {
  const told = new URLSearchParams(location.search);
  const state = Object.fromEntries(NAMES.map((name) => [name, told.get(name) || ""]));
  if (!["any", "image", "text", "audio"].includes(state.to)) state.to = "any";
  return state;
}

export function go(changes, { replace = false } = {}) {
  const state = { ...read(), ...changes };
  const told = new URLSearchParams();
  for (const name of NAMES) {
    if (state[name] && !(name === "to" && state.to === "any")) told.set(name, state[name]);
  }
  const text = told.toString();
  const address = text ? `?${text}` : location.pathname;
  if (address === (location.search || location.pathname)) return;
  const depth = (history.state?.depth || 0) + (replace ? 0 : 1);
  history[replace ? "replaceState" : "pushState"]({ depth }, "", address);
}

// Whether "back" stays on this page.
export const canGoBack = () => (history.state?.depth || 0) > 0;

export function keepFile(file) {
  const name = `${file.name || "file"}~${files.size + 1}`;
  files.set(name, file);
  return name;
}

export const keptFile = (name) => files.get(name) || null;
