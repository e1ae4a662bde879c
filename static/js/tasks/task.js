// The page of one task: what is changed at its side is saved at once, its words when they are sent.
import { Problem } from "../api.js";
import { isTyping, startKeys } from "./keys.js";
import { post, refresh, startLive } from "./live.js";
import { forgetRefusal, showRefusal } from "./refusal.js";
import { keep, tell, undoLast } from "./telling.js";

const page = document.getElementById("task");

startLive();
startKeys({
  e: () => press("edit"),
  c: () => press("check"),
  n: () => focusOn("quick-add"),
  m: () => focusOn("comment"),
  u: undoLast,
});
focusOn("edit-title");

page.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-save]")) return;
  event.preventDefault();
  save(event.target);
});
page.addEventListener("change", (event) => {
  const form = event.target.closest('[data-save="at-once"]');
  if (form) save(form);
});
// What is being written is not taken away when something else on the page changes.
page.addEventListener("input", (event) => {
  const form = event.target.closest('[data-save="at-once"]');
  if (form && isTyping(event.target)) form.dataset.busy = "yes";
});
// Ctrl and Enter send what is written in a text area.
page.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
  if (event.key !== "Escape" || !event.target.closest("#facts")) return;
  event.target.value = event.target.defaultValue ?? event.target.value;
  settle(event.target.form);
});

async function save(form) {
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  try {
    const answer = await post(form.getAttribute("action"), new FormData(form));
    if (form.dataset.back) {
      keep(answer);
      location.assign(form.dataset.back);
      return;
    }
    tell(answer);
    settle(form);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    showRefusal(form, problem);
  } finally {
    delete form.dataset.sending;
  }
}

function settle(form) {
  delete form.dataset.busy;
  forgetRefusal(form);
  refresh();
}

function press(id) {
  const button = document.getElementById(id);
  button?.click();
  return Boolean(button);
}

function focusOn(id) {
  const field = document.getElementById(id);
  field?.focus();
  return Boolean(field);
}
