// Brings what is on the page in line with newer HTML of it, and leaves alone what is the same: the focus,
// what is selected, and what somebody is writing in stay.

/** Elements are matched by `data-key` or `id`; one with `data-busy` is left as it is. */
export function morph(from, to) {
  const focused = document.activeElement;
  reconcile(from, to);
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
}

function reconcile(from, to) {
  if (from.nodeName !== to.nodeName) {
    from.replaceWith(to);
  } else if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
  } else if (!from.hasAttribute("data-busy") && !from.isEqualNode(to)) {
    attributes(from, to);
    children(from, to);
  }
}

function children(from, to) {
  const wanted = new Set(Array.from(to.children, keyOf));
  const kept = new Map();
  for (const child of [...from.children]) {
    const key = keyOf(child);
    if (!key) continue;
    if (wanted.has(key)) kept.set(key, child);
    else if (!child.hasAttribute("data-busy")) child.remove();
  }
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    const key = keyOf(next);
    const match = key ? kept.get(key) : at && !keyOf(at) && at.nodeName === next.nodeName ? at : null;
    if (!match) {
      from.insertBefore(next, at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else from.insertBefore(match, at);
    reconcile(match, next);
  }
  while (at) {
    const next = at.nextSibling;
    if (!at.hasAttribute?.("data-busy")) at.remove();
    at = next;
  }
}

function attributes(from, to) {
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  if (from !== document.activeElement && from.nodeName === "INPUT" && from.type !== "checkbox") from.value = to.value;
}

function keyOf(node) {
  return node.dataset?.key ?? (node.id || null);
}
