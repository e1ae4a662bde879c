// The dashboard: a project or a team is chosen at once, and what a chart shows of a day is told where the pointer is.

const filter = document.getElementById("dashboard-filter");

filter.addEventListener("change", () => {
  // What is not chosen stays out of the address.
  for (const field of filter.querySelectorAll("select")) field.disabled = !field.value;
  filter.requestSubmit();
});
window.addEventListener("pageshow", () => {
  for (const field of filter.querySelectorAll("select")) field.disabled = false;
});

for (const chart of document.querySelectorAll(".chart")) startTip(chart);

function startTip(chart) {
  const plot = chart.querySelector(".plot");
  let rows = null;
  const mark = made("chart-mark");
  const tip = made("chart-tip");
  const hide = () => {
    mark.remove();
    tip.remove();
  };
  plot.addEventListener("pointermove", (event) => {
    rows ??= [...chart.parentElement.querySelectorAll("tbody tr")].map(words);
    const box = plot.getBoundingClientRect();
    const wide = box.width / rows.length;
    const day = Math.min(rows.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / wide)));
    const left = box.left - chart.getBoundingClientRect().left + day * wide;
    tip.textContent = rows[day];
    chart.append(mark, tip);
    place(mark, { left, width: wide, top: plot.offsetTop ?? 0 });
    const end = left + wide + 8 + tip.offsetWidth > chart.offsetWidth;
    place(tip, { left: end ? left - 8 - tip.offsetWidth : left + wide + 8, top: event.clientY - chart.getBoundingClientRect().top });
  });
  plot.addEventListener("pointerleave", hide);
  document.addEventListener("scroll", hide, { passive: true });
}

/** A day of the table in words: its date, and each number under the name of its column. */
function words(row) {
  const names = [...row.closest("table").querySelectorAll("thead th")].slice(1);
  const numbers = [...row.querySelectorAll("td")];
  return [row.querySelector("th").textContent, ...numbers.map((each, n) => `${names[n].textContent}: ${each.textContent}`)].join("\n");
}

function made(name) {
  const element = document.createElement("div");
  element.className = name;
  element.setAttribute("aria-hidden", "true");
  return element;
}

function place(element, values) {
  for (const [name, value] of Object.entries(values)) element.style.setProperty(name, `${value}px`);
}
