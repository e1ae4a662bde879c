// Requests to this server: JSON to the API, HTML for fragments of the page.

/** A refusal: `status` is 0 when the server could not be reached; `message` is for people. */
export class Problem extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  get signedOut() {
    return this.status === 401 || this.code === "csrf";
  }
}

const OFFLINE = "The server cannot be reached.";
const SIGNED_OUT = "Your session has ended.";

export function csrfToken() {
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  return cookie ? cookie[1] : document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

export async function postJSON(url, body, headers = {}) {
  const response = await reach(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken(), ...headers },
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Problem(response.status, answer.code, answer.detail ?? `The server answered ${response.status}.`);
  }
  return answer;
}

/** The HTML of a fragment, or null when there is nothing newer (204). */
export async function getFragment(url) {
  const response = await reach(url, { headers: { "HX-Request": "true" } });
  if (response.redirected) throw new Problem(401, "unauthenticated", SIGNED_OUT);
  if (!response.ok) throw new Problem(response.status, "", `The server answered ${response.status}.`);
  return response.status === 204 ? null : response.text();
}

export function parse(html) {
  return new DOMParser().parseFromString(html, "text/html").body;
}

/** A new idempotency key. `crypto.randomUUID` is missing on plain HTTP, where a home server may live. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function reach(url, options) {
  try {
    return await fetch(url, { credentials: "same-origin", ...options });
  } catch {
    throw new Problem(0, "unreachable", OFFLINE);
  }
}
