// Rename and delete ask in a dialog first.

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dialog]");
    if (button) document.getElementById(button.dataset.dialog).showModal();
    else if (event.target.closest("[data-cancel]")) event.target.closest("dialog").close();
  });
}
