// The first page tells the server which time zone its reader is in, and in which order they write dates.
import { csrfToken } from "./api.js";

function dateOrder() {
  const parts = new Intl.DateTimeFormat(navigator.language, { month: "numeric", day: "numeric", year: "numeric" })
    .formatToParts()
    .map((part) => part.type);
  return parts.indexOf("day") < parts.indexOf("month") ? "day_first" : "month_first";
}

export async function tellTimeZone(url) {
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!timezone) return;
  const response = await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken() },
    body: new URLSearchParams({ timezone, date_order: dateOrder() }),
  });
  if (response.ok) window.htmx.trigger(document.body, "tasks-changed");
}
