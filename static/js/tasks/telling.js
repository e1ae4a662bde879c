// What a write was answered with, as a toast with its Undo; also on the page that comes next.
import { toast } from "../toasts.js";

const KEPT = "told";

let undo = null;

/** `act` is what undoes: it is given the address to post to. */
export function startTelling(act) {
  undo = act;
  const kept = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  if (kept) tell(JSON.parse(kept));
}

/** For the page that this one is about to become. */
export function keep(answer) {
  sessionStorage.setItem(KEPT, JSON.stringify(answer));
}

export function tell({ said, undo: address, refused = [] }) {
  const words = [said, ...refused].filter(Boolean).join(" ");
  const action = address ? { text: "Undo", act: () => undo(address) } : null;
  if (words) toast(words, { alarm: refused.length > 0, action });
}

export function warn(words) {
  toast(words, { alarm: true });
}

/** Presses the Undo that is shown; false when there is none. */
export function undoLast() {
  const button = document.querySelector("#toasts button");
  button?.click();
  return Boolean(button);
}
