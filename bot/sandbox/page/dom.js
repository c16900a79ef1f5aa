// Building DOM by hand. Nothing on this page is ever parsed from a string as HTML:
// every text that came from a person or from the bot becomes a text node.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with its properties and children.
 * `on…` keys are listeners, `class`, `for`, `role`, `aria-…` and `data-…` are attributes, the rest
 * are properties. Children are nodes, strings, arrays of them, or null/false for nothing.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes("-") && name !== "list") element[name] = value;
    else element.setAttribute(name === "class" ? "class" : name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

function append(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (child || child === 0) parent.append(child);
  }
}

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Makes `parent` hold exactly `nodes`, moving as little as possible: focus and playback survive. */
export function reconcile(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let cursor = parent.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
  }
}

/**
 * Replaces the children of `parent` unless they look the same, so that a redraw neither swallows a
 * click under way nor takes the focus: what a control does must follow from how it looks (`data-…`).
 */
export function redraw(parent, children) {
  const nodes = children.filter(Boolean);
  const old = [...parent.childNodes];
  if (old.length === nodes.length && old.every((node, i) => node.isEqualNode(nodes[i]))) return;
  const controls = () => [...parent.querySelectorAll("button, select")];
  const focused = controls().indexOf(document.activeElement);
  parent.replaceChildren(...nodes);
  if (focused >= 0) controls()[Math.min(focused, controls().length - 1)]?.focus();
}

/** A stable small number from an id: picks a colour for a person. */
export function hue(id) {
  return (Math.abs(Number(id)) * 47 + 11) % 8;
}

/** Runs `task` once after the current burst of changes. */
export function batched(task) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    setTimeout(() => {
      due = false;
      task();
    }, 0);
  };
}
