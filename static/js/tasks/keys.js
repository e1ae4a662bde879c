// Single keys: only where nobody types, never with a modifier, and off for those who say so.

const OFF = "keys-off";
const dialog = document.getElementById("keys");

/** `keys` maps a key to a function, which answers false when the key means nothing at the moment. */
export function startKeys(keys) {
  const choice = dialog?.querySelector("input");
  if (choice) {
    choice.checked = !localStorage.getItem(OFF);
    choice.addEventListener("change", () => {
      if (choice.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "yes");
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (localStorage.getItem(OFF) || document.querySelector("dialog[open], :popover-open")) return;
    if (event.key.length === 1 && isTyping(event.target)) return;
    const named = event.key === "?" ? () => dialog.showModal() : keys[event.key];
    if (named && named(event) !== false) event.preventDefault();
  });
}

export function isTyping(target) {
  return Boolean(target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"));
}
