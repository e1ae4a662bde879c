// The talk: sends what is said, follows the answer, and keeps up with other tabs.
import { getFragment, newKey, parse, postJSON, Problem } from "./api.js";
import { Composer } from "./composer.js";
import { LiveTurn } from "./live_turn.js";
import { clearNotices, notice, problemNotice, signedOutNotice } from "./notices.js";
import { tasksChanged } from "./task_panel.js";

const main = document.getElementById("main");
const scroller = document.getElementById("scroller");
const composer = new Composer(document.getElementById("composer"), { onSend: say, onStop: stop });

let live = null;
let sending = false;

export function startTalk() {
  document.addEventListener("submit", submitted);
  document.addEventListener("click", clicked);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && catchUp());
  window.addEventListener("focus", catchUp);
  window.addEventListener("online", catchUp);
  document.body.addEventListener("htmx:afterSettle", () => followLive());
  document.body.addEventListener("refused", (event) => notice(event.detail.detail, { alarm: true }));
  stickToTheEnd();
  followLive();
}

function submitted(event) {
  if (!event.target.matches("[data-send]")) return;
  event.preventDefault();
  const chosen = event.submitter?.name === "message" ? event.submitter.value : null;
  if (!chosen) composer.submit();
  else if (composer.busy) composer.say("Wait for the answer, or stop it.");
  else {
    say(chosen);
    composer.box.focus();
  }
}

function say(text) {
  clearNotices();
  document.querySelectorAll(".choices").forEach((each) => each.remove());
  const turn = document.getElementById("new-turn").content.firstElementChild.cloneNode(true);
  turn.querySelector(".said-text").textContent = text;
  turn.pending = { text, key: newKey() };
  document.getElementById("empty")?.remove();
  document.getElementById("turns").append(turn);
  scroller.scrollTop = scroller.scrollHeight;
  deliver(turn);
}

async function deliver(turn) {
  if (sending) return;
  sending = true;
  composer.setBusy(true);
  turn.classList.remove("is-unsent");
  turn.querySelector(".unsent").hidden = true;
  try {
    const conversation = await theConversation();
    const answer = await postJSON(
      `/api/conversations/${conversation}/messages/`,
      { message: turn.pending.text },
      { Prefer: "respond-async", "Idempotency-Key": turn.pending.key },
    );
    adopt(turn, conversation, answer.turn);
  } catch (error) {
    unsent(turn, error);
  } finally {
    sending = false;
    followLive();
  }
}

async function theConversation() {
  if (!main.dataset.conversation) {
    const started = await postJSON("/api/conversations/", { project: main.dataset.project });
    openConversation(started.id);
  }
  return main.dataset.conversation;
}

function openConversation(id) {
  main.dataset.conversation = id;
  sessionStorage.removeItem(composer.draftKey);
  history.replaceState(null, "", `/c/${id}/`);
  sessionStorage.setItem(composer.draftKey, composer.box.value);
  composer.form.action = `/c/${id}/`;
  document.getElementById("turns").dataset.url = `/c/${id}/talk/`;
  document.querySelector(".talk-tools").hidden = false;
  for (const form of document.querySelectorAll("[data-needs-conversation]")) {
    form.action = `/c/${id}/${form.dataset.needsConversation}`;
  }
}

function adopt(turn, conversation, id) {
  delete turn.pending;
  turn.querySelector(".unsent").remove();
  turn.id = `turn-${id}`;
  turn.dataset.turn = id;
  turn.dataset.url = `/c/${conversation}/turns/${id}/`;
}

function unsent(turn, error) {
  if (!(error instanceof Problem)) throw error;
  turn.classList.add("is-unsent");
  turn.querySelector(".unsent").hidden = false;
  turn.querySelector(".unsent p").textContent = `Not sent. ${error.message}`;
  if (error.signedOut) {
    composer.keep(turn.pending.text);
    signedOutNotice();
  }
  if (error.code === "turn_running") catchUp();
}

function clicked(event) {
  const turn = event.target.closest(".turn");
  if (event.target.closest("[data-resend]")) deliver(turn);
  if (!event.target.closest("[data-take-back]")) return;
  composer.set([turn.pending.text, composer.box.value].filter(Boolean).join("\n").slice(0, composer.box.maxLength));
  turn.remove();
  composer.box.focus();
}

async function stop() {
  if (!live) return;
  composer.stopping();
  try {
    await postJSON(`/api/turns/${live.id}/stop/`, {});
  } catch (error) {
    problemNotice(error);
    composer.setBusy(Boolean(live));
  }
}

/** Follows the turn that is in the making, if there is one, and says so to the composer. */
function followLive() {
  const element = document.querySelector(".turn[data-live][data-turn]");
  if (live && live.element !== element) {
    live.close();
    live = null;
  }
  if (element && !live) live = new LiveTurn(element, { onEnd: ended, onChange: tasksChanged });
  document.getElementById("talk-log").setAttribute("aria-busy", String(Boolean(live)));
  composer.setBusy(Boolean(live) || sending);
}

function ended(element) {
  live = null;
  followLive();
  tasksChanged();
  refreshConversations();
  if (element.querySelector('[data-verb="undo"]')) refreshTalk("");
}

async function catchUp() {
  if (live || sending || !main.dataset.conversation) return;
  tasksChanged();
  await refreshTalk(document.getElementById("turns").dataset.seen);
}

async function refreshTalk(seen) {
  const turns = document.getElementById("turns");
  try {
    const html = await getFragment(`${turns.dataset.url}?seen=${encodeURIComponent(seen)}`);
    if (html === null || live || sending) return;
    const kept = turns.querySelectorAll(".is-unsent");
    const fresh = parse(html).firstElementChild;
    fresh.append(...kept);
    turns.replaceWith(fresh);
    window.htmx.process(fresh);
    followLive();
  } catch (error) {
    problemNotice(error);
  }
}

async function refreshConversations() {
  const list = document.getElementById("conversations");
  try {
    const rows = parse(await getFragment(`${list.dataset.url}?current=${main.dataset.conversation}`));
    list.replaceChildren(...rows.children);
    window.htmx.process(list);
    const title = list.querySelector("[aria-current] .conversation-title")?.textContent;
    if (!title) return;
    document.getElementById("talk-title").textContent = title;
    document.getElementById("new-title").value = title;
    document.title = `${title} · Tasklore`;
  } catch (error) {
    problemNotice(error);
  }
}

function stickToTheEnd() {
  let atEnd = true;
  const toTheEnd = () => atEnd && (scroller.scrollTop = scroller.scrollHeight);
  scroller.addEventListener(
    "scroll",
    () => {
      atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 64;
    },
    { passive: true },
  );
  new ResizeObserver(toTheEnd).observe(document.getElementById("talk-log"));
  new ResizeObserver(toTheEnd).observe(scroller);
  if (location.hash) document.querySelector(location.hash)?.scrollIntoView();
}
