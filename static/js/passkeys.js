// What a passkey's button says when nothing comes of it: django-allauth's own script only logs that.

const LOOPBACK = ["127.0.0.1", "[::1]", "0.0.0.0"];
const AGAIN = "Reload the page and try again.";
const SAID = {
  NotAllowedError: "No passkey was shown: it was cancelled, took too long, or there is none here. Try again, or choose another way.",
  AbortError: "No passkey was shown: it was cancelled. Try again, or choose another way.",
  InvalidStateError: "There is a passkey of yours here already: it signs you in, and needs no second one.",
  NotSupportedError: "This device cannot keep such a passkey. Try another device, or an authenticator app.",
  ConstraintError: "This device has no PIN, finger or face set up to protect a passkey with. Set one up, or try another device.",
  TypeError: "The server cannot be reached. Try again in a moment.",
};

let pressed = null;

document.addEventListener("click", press, { capture: true });
document.addEventListener("submit", (event) => {
  // Enter in a field of the form: without a passkey there is nothing to send.
  const button = event.target.querySelector("[data-passkey]");
  if (!button || !["", "null"].includes(event.target.querySelector("[name$=credential]").value)) return;
  event.preventDefault();
  button.click();
});
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const { exception } = event.detail;
  if (exception.name === "SecurityError") say(misplaced());
  else say({ text: SAID[exception.name] ?? `That did not work. ${AGAIN}` });
});

function press(event) {
  const button = event.target.closest("[data-passkey]");
  if (!button) return;
  pressed = button;
  const wrong = obstacle();
  say(wrong);
  if (!wrong) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Why the browser would refuse to begin with, or null. */
function obstacle() {
  if (/^[\d.]+$|^\[/.test(location.hostname) || !window.isSecureContext) return misplaced();
  if (!window.PublicKeyCredential) return { text: "This browser has no passkeys. Try another one, or choose another way." };
  if (!window.allauth?.webauthn || !window.webauthnJSON) return { text: `The page has not loaded wholly. ${AGAIN}` };
  return null;
}

function misplaced() {
  if (!LOOPBACK.includes(location.hostname)) {
    return { text: "A passkey belongs to a name, and needs HTTPS: open Tasklore at https:// and its name." };
  }
  const port = location.port && `:${location.port}`;
  const address = `${location.protocol}//localhost${port}`;
  return {
    text: "A passkey belongs to a name, and this page was opened by a number. Go on at ",
    link: { text: address, href: address + location.pathname + location.search },
  };
}

function say(what) {
  const form = pressed.form ?? pressed.parentElement;
  form.querySelector(".passkey-said")?.remove();
  if (!what) return;
  const line = document.createElement("p");
  line.className = "notice alarm passkey-said";
  line.setAttribute("role", "alert");
  const words = document.createElement("span");
  words.textContent = what.text;
  if (what.link) {
    const link = document.createElement("a");
    link.href = what.link.href;
    link.textContent = what.link.text;
    words.append(link, ".");
  }
  line.append(words);
  pressed.after(line);
}
