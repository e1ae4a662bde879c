(withRail) => {
  // Watches where the focus goes on a page. `window.walk` then says which of the places that Tab has to come to it
  // missed, and what was wrong with those that it reached. Answers with how many there are.
  const NATIVE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [contenteditable]";
  const ROLES = "button checkbox link menuitem option radio switch tab".split(" ").map((role) => `[role=${role}]`).join();
  const COMPOSITE = "[role=menu], [role=tablist], [role=listbox]";
  // What scripts react to; a veil closes what lies above it, as Escape and a button there do.
  const PRESSED = ["[onclick]", "[draggable=true]", "[data-close-side]:not(.veil)", ..."movable dialog cancel edit stop \
open-side more resend take-back to copy".split(" ").map((name) => `[data-${name}]`)].join();

  const modal = [...document.querySelectorAll("dialog:modal, .side.is-open")].at(-1) ?? document;
  const there = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && !e.closest("[inert]") && !e.disabled;
  const asked = (e) => modal.contains(e) && (withRail || modal !== document || !e.closest(".rail, .skip-link"));
  const these = (selector) => [...document.querySelectorAll(selector)].filter((e) => asked(e) && there(e));

  document.activeElement.blur();
  const came = new Set();
  const wrong = new Set();
  const wanted = new Set(these(`${NATIVE}, ${ROLES}, [tabindex]`).filter((e) => e.tabIndex >= 0).map(stop));
  for (const e of these(`${NATIVE}, ${ROLES}`)) {
    if (e.tabIndex < 0 && !e.closest(COMPOSITE)) wrong.add(`${name(e)} has no place in the order`);
  }
  for (const e of these(PRESSED)) {
    if (e.tabIndex < 0 && !e.querySelector(NATIVE)) wrong.add(`${name(e)} is for a pointer alone`);
  }
  for (const e of these("body :not(svg, svg *)")) {
    const reached = e.closest(`${NATIVE}, [tabindex], label, .veil`);
    if (!reached && getComputedStyle(e).cursor === "pointer") wrong.add(`${name(e)} looks as if it could be pressed`);
  }
  const outlinedBefore = new Set([...wanted].flatMap(around).filter(outlined).map(([e]) => e));

  document.addEventListener("focusin", look);
  window.walk = {
    missed: () => [...wanted].filter((e) => e.isConnected && there(e) && !came.has(e)).map(name),
    again() {
      came.clear();
      document.activeElement.blur();
    },
    end() {
      document.removeEventListener("focusin", look);
      return [...wrong];
    },
  };
  return wanted.size;

  function look({ target }) {
    came.add(stop(target));
    // Where the link to the content leads: all of it has the focus, and shows nothing.
    if (target.matches("main")) return;
    for (const each of document.getAnimations()) each.finish();
    if (!modal.contains(target)) wrong.add(`${name(target)} is behind the dialog`);
    // The link to the content is there only while it has the focus.
    const shown = target.matches(".skip-link") || around(target).some((each) => outlined(each) && !outlinedBefore.has(each[0]));
    if (!shown) wrong.add(`${name(target)} shows no focus`);
    const { left, right, top, bottom } = target.getBoundingClientRect();
    if (bottom <= 0 || top >= innerHeight || right <= 0 || left >= innerWidth) {
      wrong.add(`${name(target)} is off the screen`);
      return;
    }
    const within = (at, most) => Math.min(Math.max(at, 0), most - 1);
    const above = document.elementFromPoint(within((left + right) / 2, innerWidth), within((top + bottom) / 2, innerHeight));
    const own = [target, ...(target.labels ?? [])].some((e) => e.contains(above) || above?.contains(e));
    if (!own) wrong.add(`${name(target)} is covered by ${above ? name(above) : "nothing"}`);
  }

  /** Of radio buttons with one name, one is a stop; the arrows go on from there. */
  function stop(e) {
    return e.type === "radio" ? [...document.getElementsByName(e.name)].find((other) => other.form === e.form) : e;
  }

  /** Where its focus may show: it, what is drawn over it, and what it is in. */
  function around(e) {
    const found = [];
    for (let at = e; at && found.length < 8; at = at.parentElement) found.push([at, null], [at, "::after"]);
    return found;
  }

  function outlined([e, pseudo]) {
    const { outlineStyle, outlineWidth } = getComputedStyle(e, pseudo);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
  }

  function name(e) {
    const words = e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent || e.id || e.className;
    return `<${e.localName}> “${words.trim().replace(/\s+/g, " ").slice(0, 60)}”`;
  }
}
