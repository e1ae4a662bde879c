// Short messages that go by themselves; what must not be missed is a notice in the page instead.

const SECONDS = 8;
const place = document.getElementById("toasts");

/** `action` is a button in it: `{ text, act }`. A toast stays while the pointer or the focus is in it. */
export function toast(text, { alarm = false, action = null } = {}) {
  const line = document.createElement("div");
  line.className = alarm ? "toast alarm" : "toast";
  const words = document.createElement("span");
  words.textContent = text;
  line.append(words);
  if (action) line.append(button(action, line));
  place.replaceChildren(line);
  let wait = setTimeout(() => line.remove(), SECONDS * 1000);
  const leave = () => {
    clearTimeout(wait);
    wait = setTimeout(() => line.remove(), SECONDS * 500);
  };
  for (const kind of ["pointerenter", "focusin"]) line.addEventListener(kind, () => clearTimeout(wait));
  for (const kind of ["pointerleave", "focusout"]) line.addEventListener(kind, leave);
}

function button({ text, act }, line) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button quiet";
  made.textContent = text;
  made.addEventListener("click", () => {
    line.remove();
    act();
  });
  return made;
}
