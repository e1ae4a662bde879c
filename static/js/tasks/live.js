// A page that stays true: forms write without a reload, and what others change appears by itself.
import { Problem, csrfToken, getFragment, parse } from "../api.js";
import { morph } from "./morph.js";
import { forgetRefusal, showRefusal } from "./refusal.js";
import { keep, startTelling, tell, warn } from "./telling.js";

const OFTEN = 3_000;
const SELDOM = 15_000;
const QUIET_AFTER = 120_000;

const region = document.querySelector("[data-live]");
const others = "BroadcastChannel" in window ? new BroadcastChannel("tasks") : null;

let wanted = false;
let running = null;
let lastSign = Date.now();

/** Follows what changes, and takes over the forms with `data-act`. */
export function startLive() {
  startTelling((address) => perform(address, {}));
  document.addEventListener("submit", onSubmit);
  if (!region) return;
  others?.addEventListener("message", () => refresh());
  document.addEventListener("visibilitychange", () => document.hidden || look());
  for (const sign of ["keydown", "pointerdown"]) document.addEventListener(sign, () => (lastSign = Date.now()));
  setTimeout(poll, OFTEN);
}

/** Fetches the page's list anew; calls that come meanwhile are one more. */
export function refresh(address = null) {
  if (address) history.replaceState(null, "", address);
  wanted = true;
  running ??= run();
  return running;
}

/** Posts a form's fields; the answer's sentence is shown. Raises Problem, with the `answer` to a refusal. */
export async function post(url, fields) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" },
      body: fields instanceof FormData ? new URLSearchParams(fields) : new URLSearchParams(fields),
    });
  } catch {
    throw new Problem(0, "unreachable", "The server cannot be reached; nothing was changed.");
  }
  if (response.redirected) throw new Problem(401, "unauthenticated", "Your session has ended: sign in again.");
  const answer = await response.json().catch(() => ({}));
  if (response.ok) {
    others?.postMessage("changed");
    return answer;
  }
  const problem = new Problem(response.status, "", answer.detail ?? `The server answered ${response.status}.`);
  problem.answer = answer;
  throw problem;
}

/** For what a person did: shows the sentence or the refusal, and what the page shows now. */
export async function perform(url, fields) {
  try {
    const answer = await post(url, fields);
    tell(answer);
    await refresh();
    return answer;
  } catch (problem) {
    failed(problem);
    await refresh();
    return null;
  }
}

export function failed(problem) {
  if (!(problem instanceof Problem)) throw problem;
  warn(problem.message);
}

async function onSubmit(event) {
  const form = event.target;
  if (!form.matches("[data-act]") || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  const { submitter } = event;
  const url = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  try {
    const answer = await post(url, new FormData(form, submitter));
    if (form.dataset.act === "go" && answer.go) {
      keep(answer);
      location.assign(answer.go);
      return;
    }
    forgetRefusal(form);
    if (form.dataset.act === "reset") form.reset();
    tell(answer);
    form.dispatchEvent(new CustomEvent("acted", { bubbles: true, detail: answer }));
    await refresh();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    showRefusal(form, problem);
  } finally {
    delete form.dataset.sending;
  }
}

async function run() {
  try {
    while (wanted && region) {
      wanted = false;
      const html = await getFragment(location.pathname + location.search);
      const next = parse(html).firstElementChild;
      if (wanted) continue;
      morph(region, next);
      region.dispatchEvent(new CustomEvent("refreshed"));
    }
  } catch (problem) {
    failed(problem);
  } finally {
    running = null;
  }
}

async function poll() {
  let next = Date.now() - lastSign > QUIET_AFTER ? SELDOM : OFTEN;
  if (!document.hidden && !(await look())) next = SELDOM;
  setTimeout(poll, next);
}

/** Whether the server answered. */
async function look() {
  try {
    const { pulse, pulseUrl } = region.dataset;
    const response = await fetch(pulseUrl, { headers: { "If-None-Match": `"${pulse}"` } });
    if (response.status === 204) {
      lastSign = Date.now();
      await refresh();
    }
    return response.status === 204 || response.status === 304;
  } catch {
    return false;
  }
}
