// The first page tells the server which time zone its reader is in.
import { csrfToken } from "./api.js";

export async function tellTimeZone(url) {
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!timezone) return;
  const response = await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken() },
    body: new URLSearchParams({ timezone }),
  });
  if (response.ok) window.htmx.trigger(document.body, "tasks-changed");
}
