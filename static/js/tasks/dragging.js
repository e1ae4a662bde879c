// Dragging a card into another column: with a mouse at once, with a finger after a moment of rest.

const FAR = 6;
const REST = 300;
const EDGE = 48;

/** `move(card, column)` is called when a card was dropped on another column. */
export function startDragging(board, move) {
  let drag = null;

  board.addEventListener("dragstart", (event) => event.preventDefault());
  board.addEventListener("pointerdown", (event) => {
    const card = event.target.closest("[data-movable]");
    if (!card || event.button !== 0 || drag || event.target.closest(".card-move")) return;
    drag = { card, id: event.pointerId, x: event.clientX, y: event.clientY, ghost: null, over: null };
    if (event.pointerType === "touch") drag.timer = setTimeout(lift, REST);
  });
  document.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drag?.id) return;
    const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > FAR;
    if (!drag.ghost && far) {
      // A finger that moves before it rested scrolls.
      if (event.pointerType === "touch") return end();
      lift();
    }
    if (drag?.ghost) follow(event);
  });
  document.addEventListener("pointerup", (event) => {
    if (event.pointerId !== drag?.id) return;
    const { card, over, ghost } = drag;
    if (ghost) addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }));
    end();
    if (ghost && over && over !== card.closest(".column")) move(card, over);
  });
  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag?.ghost) end();
  });
  // Once a card is lifted, the finger moves it and not the page.
  board.addEventListener("touchmove", (event) => drag?.ghost && event.preventDefault(), { passive: false });
  board.addEventListener("contextmenu", (event) => drag && event.preventDefault());

  function lift() {
    const box = drag.card.getBoundingClientRect();
    drag.ghost = drag.card.cloneNode(true);
    drag.ghost.classList.add("ghost");
    drag.ghost.removeAttribute("data-key");
    drag.ghost.setAttribute("aria-hidden", "true");
    drag.ghost.inert = true;
    drag.ghost.style.width = `${box.width}px`;
    drag.ghost.style.left = `${box.left}px`;
    drag.ghost.style.top = `${box.top}px`;
    document.body.append(drag.ghost);
    drag.card.classList.add("is-lifted");
    board.classList.add("is-dragging");
    navigator.vibrate?.(10);
  }

  function follow(event) {
    drag.ghost.style.translate = `${event.clientX - drag.x}px ${event.clientY - drag.y}px`;
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest(".column") ?? null;
    if (over !== drag.over) {
      drag.over?.classList.remove("is-over");
      over?.classList.add("is-over");
      drag.over = over;
    }
    const { left, right } = board.getBoundingClientRect();
    if (event.clientX > right - EDGE) board.scrollLeft += 12;
    else if (event.clientX < left + EDGE) board.scrollLeft -= 12;
  }

  function end() {
    if (!drag) return;
    clearTimeout(drag.timer);
    drag.ghost?.remove();
    drag.over?.classList.remove("is-over");
    drag.card.classList.remove("is-lifted");
    board.classList.remove("is-dragging");
    drag = null;
  }
}

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}
