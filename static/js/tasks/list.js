// The list of tasks: filters, keys, selection and editing within a line.
import { getFragment, parse } from "../api.js";
import { isTyping, startKeys } from "./keys.js";
import { failed, post, refresh, startLive } from "./live.js";
import { showRefusal } from "./refusal.js";
import { tell, undoLast } from "./telling.js";

const list = document.getElementById("task-list");
const filters = document.getElementById("filters");
const words = filters.elements.q;
const bar = document.getElementById("several");
const everything = document.getElementById("pick-all");

let waiting = 0;
let lastPicked = null;

startLive();
startFilters();
startPicking();
startEditing();
startKeys({
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: (event) => inList(event) && step(1),
  ArrowUp: (event) => inList(event) && step(-1),
  x: () => onLine((line) => line.querySelector(".pick")?.click()),
  c: () => onLine((line) => line.querySelector(".check")?.click()),
  e: () => onLine((line) => edit(line)),
  n: () => focusOn(document.getElementById("quick-add")),
  u: undoLast,
  "/": () => focusOn(words),
  Escape: (event) => (picked().length && !isTyping(event.target) ? pickNone() : false),
});

function startFilters() {
  filters.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  filters.addEventListener("change", (event) => event.target !== words && search());
  words.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 250);
  });
}

function search() {
  clearTimeout(waiting);
  const asked = new URLSearchParams(new FormData(filters));
  for (const [name, value] of [...asked]) if (!value || value === filters.elements[name].dataset.usual) asked.delete(name);
  pickNone();
  refresh(asked.size ? `?${asked}` : location.pathname);
}

function lines() {
  return [...list.querySelectorAll(".line")];
}

function current() {
  return document.activeElement.closest?.(".line");
}

function inList(event) {
  return Boolean(event.target.closest("#task-list")) && !isTyping(event.target);
}

/** Moves the focus by a line; from outside the list, to its first or last. */
function step(by) {
  const all = lines();
  const at = all.indexOf(current());
  const next = at < 0 ? all.at(by > 0 ? 0 : -1) : all[at + by];
  focusOn(next?.querySelector(".line-title"));
}

function focusOn(element) {
  if (!element) return false;
  element.focus();
  element.scrollIntoView({ block: "nearest" });
  element.select?.();
  return true;
}

function onLine(act) {
  const line = current();
  if (!line) return false;
  act(line);
  return true;
}

function picked() {
  return [...list.querySelectorAll(".pick:checked")];
}

function pickNone() {
  for (const box of picked()) box.checked = false;
  showPicked();
}

function startPicking() {
  list.addEventListener("click", (event) => {
    const box = event.target.closest(".pick");
    if (!box) return;
    const all = [...list.querySelectorAll(".pick")];
    if (event.shiftKey && lastPicked?.isConnected) {
      const [from, to] = [all.indexOf(lastPicked), all.indexOf(box)].sort((a, b) => a - b);
      for (const between of all.slice(from, to + 1)) between.checked = box.checked;
    }
    lastPicked = box;
    showPicked();
  });
  everything?.addEventListener("change", () => {
    for (const box of list.querySelectorAll(".pick")) box.checked = everything.checked;
    showPicked();
  });
  list.addEventListener("refreshed", showPicked);
  bar?.addEventListener("acted", () => {
    bar.querySelector(":popover-open")?.hidePopover();
    pickNone();
  });
  bar?.addEventListener("keydown", enterInBar);
  document.getElementById("pick-none")?.addEventListener("click", () => {
    pickNone();
    focusOn(list.querySelector(".line-title"));
  });
  showPicked();
}

/** Enter means the button beside the field, not the first of the form. */
function enterInBar(event) {
  if (event.key !== "Enter" || event.target.nodeName !== "INPUT") return;
  event.preventDefault();
  bar.requestSubmit(event.target.parentElement.querySelector("button"));
}

function showPicked() {
  if (!bar || !everything) return;
  const many = picked().length;
  list.classList.toggle("is-picking", many > 0);
  bar.hidden = many === 0;
  document.getElementById("picked-count").textContent = `${many} selected`;
  everything.checked = many > 0 && many === list.querySelectorAll(".pick").length;
  everything.indeterminate = many > 0 && !everything.checked;
}

function startEditing() {
  list.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("[data-edit]");
    if (link) {
      event.preventDefault();
      edit(link.closest(".line"), link.dataset.edit || "title");
    }
    if (event.target.closest("[data-stop]")) stopEditing(event.target.closest(".line"));
  });
  list.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest(".line-form")) stopEditing(current());
  });
  list.addEventListener("submit", save);
}

async function edit(line, field = "title") {
  if (line.querySelector(".line-form")) return;
  const address = line.querySelector("[data-edit]")?.getAttribute("href");
  if (!address) return;
  try {
    const form = parse(await getFragment(address)).firstElementChild;
    if (line.querySelector(".line-form")) return;
    line.dataset.busy = "yes";
    line.append(form);
    focusOn(form.elements[field]);
  } catch (problem) {
    failed(problem);
  }
}

function stopEditing(line) {
  line.querySelector(".line-form").remove();
  delete line.dataset.busy;
  focusOn(line.querySelector(".line-title"));
  refresh();
}

async function save(event) {
  const form = event.target.closest(".line-form");
  if (!form) return;
  event.preventDefault();
  const line = form.closest(".line");
  try {
    const answer = await post(form.getAttribute("action"), new FormData(form));
    stopEditing(line);
    tell(answer);
  } catch (problem) {
    showRefusal(form, problem);
  }
}
