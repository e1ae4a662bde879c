// The board: cards move by pointer, by touch, by a menu and by keys, and every move is said aloud.
import { startDragging } from "./dragging.js";
import { startKeys } from "./keys.js";
import { failed, post, refresh, startLive } from "./live.js";
import { tell, undoLast } from "./telling.js";

const board = document.getElementById("board");
const menu = document.getElementById("move-menu");
const said = document.getElementById("moved");

let moving = null;
let lastMove = Promise.resolve();

startLive();
startDragging(board, move);
startKeys({
  ArrowRight: (event) => sideways(event, 1),
  ArrowLeft: (event) => sideways(event, -1),
  ArrowDown: () => along(1),
  ArrowUp: () => along(-1),
  m: () => openMenu(current()),
  n: () => focusOn(document.getElementById("quick-add")),
  u: undoLast,
});

board.addEventListener("click", (event) => {
  const button = event.target.closest(".card-move");
  if (button) openMenu(button.closest(".board-card"));
  const more = event.target.closest("[data-more]");
  if (more && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    refresh(more.getAttribute("href"));
  }
});
menu.addEventListener("click", (event) => {
  const item = event.target.closest("[data-to]");
  if (!item) return;
  menu.hidePopover();
  if (item.dataset.to !== moving.dataset.status) move(moving, columnOf(item.dataset.to));
});
menu.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll("[data-to]")];
  items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
});
menu.addEventListener("toggle", (event) => {
  if (event.newState === "closed") focusOn(moving?.querySelector(".card-title"));
});

/** The card is in its new column at once, and goes back when the server refuses. */
async function move(card, column) {
  const { task, status, ref } = card.dataset;
  const home = card.parentElement;
  const behind = card.nextElementSibling;
  const focused = card.contains(document.activeElement);
  column.querySelector(".cards").prepend(card);
  card.dataset.status = column.dataset.status;
  if (focused) focusOn(card.querySelector(".card-title"));
  try {
    const answer = await inTurn(`/tasks/${task}/edit/`, { status: column.dataset.status, was_status: status });
    await refresh();
    tell(answer);
    if (focused) focusOn(board.querySelector(`[data-task="${task}"] .card-title`));
    const { count } = column.dataset;
    said.textContent = `${ref} moved to ${nameOf(column)}, ${count} ${count === "1" ? "task" : "tasks"} there.`;
  } catch (problem) {
    card.dataset.status = status;
    home.insertBefore(card, behind);
    failed(problem);
    said.textContent = `${ref} stays in ${nameOf(home.closest(".column"))}.`;
    refresh();
  }
}

/** Posts a move once the one before has its answer: that of one card may be moved again meanwhile. */
function inTurn(url, fields) {
  const answer = lastMove.then(() => post(url, fields));
  lastMove = answer.catch(() => {});
  return answer;
}

function openMenu(card) {
  if (!card?.hasAttribute("data-movable")) return false;
  moving = card;
  for (const item of menu.querySelectorAll("[data-to]")) {
    if (item.dataset.to === card.dataset.status) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
  menu.showPopover();
  const at = card.querySelector(".card-move").getBoundingClientRect();
  menu.style.top = `${Math.min(at.bottom + 4, innerHeight - menu.offsetHeight - 8)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
  menu.querySelector("[data-to]").focus();
  return true;
}

function sideways(event, by) {
  const card = current();
  if (!card) return false;
  const columns = [...board.querySelectorAll(".column")];
  const at = columns.indexOf(card.closest(".column"));
  if (event.shiftKey) {
    const column = columns[at + by];
    if (!column || !card.hasAttribute("data-movable")) return false;
    move(card, column);
    return true;
  }
  const row = [...card.parentElement.children].indexOf(card);
  const beyond = by > 0 ? columns.slice(at + 1) : columns.slice(0, at).reverse();
  const cards = beyond.map((column) => column.querySelectorAll(".board-card")).find((found) => found.length);
  return focusOn(cards?.[Math.min(row, cards.length - 1)].querySelector(".card-title"));
}

function along(by) {
  const card = current();
  if (!card) return false;
  const next = by > 0 ? card.nextElementSibling : card.previousElementSibling;
  focusOn(next?.querySelector(".card-title"));
  return true;
}

function current() {
  return document.activeElement.closest?.(".board-card");
}

function columnOf(status) {
  return board.querySelector(`.column[data-status="${status}"]`);
}

function nameOf(column) {
  return column.querySelector("h2 span").textContent;
}

function focusOn(element) {
  element?.focus();
  element?.scrollIntoView({ block: "nearest", inline: "nearest" });
  return Boolean(element);
}
