// The tasks at the side: kept fresh, without losing where the person is.
import { notice } from "./notices.js";

const aside = document.getElementById("tasks");

export function tasksChanged() {
  window.htmx.trigger(document.body, "tasks-changed");
}

export function startTaskPanel() {
  let doneIsOpen = false;
  let position = null;
  aside.addEventListener("click", (event) => {
    const check = event.target.closest(".check");
    if (check) check.setAttribute("aria-checked", String(check.getAttribute("aria-checked") !== "true"));
  });
  aside.addEventListener("htmx:beforeSwap", () => {
    doneIsOpen = Boolean(aside.querySelector(".task-done[open]"));
    const checks = Array.from(aside.querySelectorAll(".check"));
    position = checks.includes(document.activeElement) ? checks.indexOf(document.activeElement) : null;
  });
  aside.addEventListener("htmx:afterSwap", () => {
    const done = aside.querySelector(".task-done");
    if (done) done.open = doneIsOpen;
    showCount();
    keepFocus(position);
  });
  for (const failed of ["htmx:responseError", "htmx:sendError"]) {
    aside.addEventListener(failed, (event) => {
      notice("That did not reach the server; nothing was changed.", { alarm: true });
      const check = event.target.closest?.(".check");
      if (check) check.setAttribute("aria-checked", String(check.getAttribute("aria-checked") !== "true"));
    });
  }
}

function keepFocus(position) {
  if (position === null) return;
  requestAnimationFrame(() => {
    if (document.activeElement !== document.body) return;
    const checks = Array.from(aside.querySelectorAll(".task-group .check"));
    (checks[Math.min(position, checks.length - 1)] ?? aside.querySelector("select"))?.focus({ preventScroll: true });
  });
}

function showCount() {
  const open = document.getElementById("panel").dataset.open;
  for (const place of document.querySelectorAll("[data-open-count]")) place.textContent = open;
}
