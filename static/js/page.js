// Brings the chat page to life; without it the page can still be read, and its forms still post.
import { csrfToken } from "./api.js";
import { signedOutNotice } from "./notices.js";
import { startTalk } from "./talk.js";
import { startTaskPanel } from "./task_panel.js";
import { tellTimeZone } from "./time_zone.js";

document.body.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (!event.detail.xhr.responseURL.includes("/accounts/login/")) return;
  event.detail.shouldSwap = false;
  signedOutNotice();
});

startTaskPanel();
startTalk();

const { timeZoneUrl } = document.getElementById("main").dataset;
if (timeZoneUrl) tellTimeZone(timeZoneUrl).catch(() => {});
