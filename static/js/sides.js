// On a small screen the menu, and on the chat page the tasks, slide over the page as dialogs.

const veil = document.querySelector(".veil");
const parts = () => document.querySelectorAll(".skip-link, .rail, .frame, #main, #tasks");

let open = null;
let role = "";
let opener = null;

export function startSides() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-open-side]");
    if (button) openSide(document.getElementById(button.dataset.openSide), button);
    else if (event.target.closest("[data-close-side]")) closeSide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open) return;
    event.preventDefault();
    closeSide();
  });
  window.matchMedia("(max-width: 52rem)").addEventListener("change", closeSide);
  window.matchMedia("(max-width: 68rem)").addEventListener("change", closeSide);
}

function openSide(side, button) {
  open = side;
  opener = button;
  role = side.getAttribute("role");
  side.classList.add("is-open");
  side.setAttribute("role", "dialog");
  side.setAttribute("aria-modal", "true");
  veil.hidden = false;
  // What is inert cannot be reached: the focus stays in the dialog.
  for (const part of parts()) part.inert = part !== side;
  side.querySelector("[data-close-side]").focus();
}

function closeSide() {
  if (!open) return;
  open.classList.remove("is-open");
  open.setAttribute("role", role);
  open.removeAttribute("aria-modal");
  veil.hidden = true;
  for (const part of parts()) part.inert = false;
  opener.focus();
  open = opener = null;
}
