// Short messages above the composer.
import { Problem } from "./api.js";

const place = document.getElementById("notices");

export function notice(text, { alarm = false, link = null } = {}) {
  clearNotices();
  const line = document.createElement("p");
  line.className = alarm ? "notice alarm" : "notice";
  const words = document.createElement("span");
  words.textContent = text;
  line.append(words);
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    line.append(anchor);
  }
  place.append(line);
}

export function clearNotices() {
  place.replaceChildren();
}

export function problemNotice(error) {
  if (!(error instanceof Problem)) throw error;
  if (error.signedOut) signedOutNotice();
  else notice(error.message, { alarm: true });
}

export function signedOutNotice() {
  const next = encodeURIComponent(location.pathname);
  notice("Your session has ended. What you typed is kept.", {
    alarm: true,
    link: { href: `/accounts/login/?next=${next}`, text: "Sign in again" },
  });
}
