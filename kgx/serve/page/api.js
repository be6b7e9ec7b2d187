// Asking the server. Errors are its problem details (RFC 9457).

const KEPT = "kgx-token";

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

let askForToken = async () => null;

export function onTokenNeeded(ask) {
  askForToken = ask;
}

const token = () => sessionStorage.getItem(KEPT);

async function request(path, options = {}) {
  const headers = { ...options.headers };
  if (token()) headers.Authorization = `Bearer ${token()}`;
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The server cannot be reached.");
  }
  if (response.status === 401) {
    sessionStorage.removeItem(KEPT);
    const given = await askForToken();
    if (given) {
      sessionStorage.setItem(KEPT, given);
      return request(path, options);
    }
  }
  if (!response.ok) {
    const told = await response.json().catch(() => ({}));
    throw new Problem(response.status, told.detail || `The server answered ${response.status}.`);
  }
  return response;
}

const json = async (path, options) => (await request(path, options)).json();

function form(fields, file) {
  const sent = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== "" && value !== undefined) sent.append(name, value);
  }
  sent.append(file.type.startsWith("audio/") ? "audio" : "image", file);
  return sent;
}

function asking(fields, file, signal) {
  if (file) return { method: "POST", body: form(fields, file), signal };
  const headers = { "Content-Type": "application/json" };
  return { method: "POST", body: JSON.stringify(fields), headers, signal };
}

let holding = null;

// What the run holds, asked once.
export function run() {
  holding ||= json("/v1/run").catch((error) => { holding = null; throw error; });
  return holding;
}

export const search = (fields, file, signal) => json("/v1/search", asking(fields, file, signal));

export const item = (id, signal) => json(`/v1/items/${encodeURIComponent(id)}`, { signal });

export const neighbours = (id, fields, signal) =>
  json(`/v1/items/${encodeURIComponent(id)}/neighbours?${new URLSearchParams(fields)}`, { signal });

export const entity = (name, fields = {}) => json(`/v1/graph/${encodeURIComponent(name)}?${new URLSearchParams(fields)}`);

export const explain = (fields, file) => json("/v1/explain", asking(fields, file));

export const drawing = async (fields, file) => (await request("/v1/explain?format=svg", asking(fields, file))).blob();

const lent = new Map(); // element that shows a file of this page's own -> its address

// Show what was fetched; a picture needs its file until it is drawn, a sound as long as it is on the page.
export function lend(element, blob) {
  const address = URL.createObjectURL(blob);
  lent.set(element, address);
  for (const done of ["load", "error"]) element.addEventListener(done, () => takeBack(element), { once: true });
  element.src = address;
}

function takeBack(element) {
  URL.revokeObjectURL(lent.get(element));
  lent.delete(element);
}

// Give up the files of what is no longer on the page.
export function tidy() {
  for (const element of [...lent.keys()]) if (!element.isConnected) takeBack(element);
}

// Let an element show a file; the browser brings no token itself, so a protected one is fetched first.
export async function show(element, path) {
  if (!token()) {
    element.src = path;
    return;
  }
  const blob = await (await request(path)).blob();
  if (element.isConnected) lend(element, blob);
}
