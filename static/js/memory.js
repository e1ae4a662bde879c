// The memory page: searches while the person types, and decides suggestions without leaving the list.
import { csrfToken, getFragment, parse } from "./api.js";

const form = document.getElementById("filters");
const words = document.getElementById("filter-words");
const said = document.getElementById("memory-said");

let waiting = 0;
let newest = 0;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
form.addEventListener("change", (event) => event.target !== words && search());
words.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, 250);
});
document.addEventListener("keydown", keys);
document.addEventListener("submit", decide);

function search() {
  clearTimeout(waiting);
  const asked = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...asked]) if (!value) asked.delete(name);
  const address = `${form.getAttribute("action")}?${asked}`;
  document.querySelector(".memory-add").search = `?project=${encodeURIComponent(asked.get("project"))}`;
  return show(address);
}

async function show(address) {
  const mine = ++newest;
  try {
    const list = parse(await getFragment(address)).firstElementChild;
    if (mine !== newest) return false;
    document.getElementById("memory-list").replaceWith(list);
    history.replaceState(null, "", address);
    say("");
    return true;
  } catch (error) {
    if (mine === newest) say(error.message, true);
    return false;
  }
}

async function decide(event) {
  const decided = event.target;
  if (!decided.matches("[data-decide]")) return;
  event.preventDefault();
  const places = [...document.querySelectorAll(".memory-line")];
  const place = places.indexOf(decided.closest(".memory-line"));
  try {
    const response = await fetch(decided.action, {
      method: "POST",
      headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" },
      body: new URLSearchParams(new FormData(decided)),
    });
    if (response.redirected || (!response.ok && response.status !== 409)) {
      decided.submit();
      return;
    }
    const sentence = await response.text();
    if (await show(location.pathname + location.search)) focusNear(place);
    say(sentence, !response.ok);
  } catch {
    say("The server cannot be reached; nothing was changed.", true);
  }
}

/** The next suggestion comes under the hand that decided the last one. */
function focusNear(place) {
  const buttons = [...document.querySelectorAll(".memory-line")];
  const next = buttons[Math.min(place, buttons.length - 1)];
  (next?.querySelector("[data-decide] button") ?? next?.querySelector("a") ?? words).focus();
}

function keys(event) {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    words.focus();
    words.select();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (typing && typing !== words) return;
  const values = [...document.querySelectorAll(".memory-value")];
  const at = values.indexOf(document.activeElement);
  if (at < 0 && (typing !== words || event.key === "ArrowUp")) return;
  const next = event.key === "ArrowDown" ? values[at + 1] : (values[at - 1] ?? words);
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function say(text, alarm = false) {
  said.textContent = text;
  said.classList.toggle("alarm", alarm);
}
