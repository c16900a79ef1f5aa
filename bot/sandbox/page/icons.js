// The page's few icons, drawn on a 24×24 grid, stroked in the current colour.

import { svg } from "./dom.js";

const PATHS = {
  send: "M4 12 20 4l-5 16-4-6-7-2Z M11 14l4-5",
  attach:
    "M20 11.5 12 19.4a5 5 0 0 1-7-7L13.5 4a3.4 3.4 0 0 1 4.8 4.8l-8.2 8.1a1.7 1.7 0 0 1-2.4-2.4l7.4-7.3",
  keyboard: "M3 7h18v11H3Z M7 10.5h.01M11 10.5h.01M15 10.5h.01M7 14.5h10",
  commands: "M5 19 10 5M14 8h6M13 13h6M12 18h6",
  more: "M12 5.5h.01M12 12h.01M12 18.5h.01",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  down: "M6 9.5l6 6 6-6",
  next: "M9 5l7 7-7 7",
  pin: "M9 4h6l-1 6 3 3H7l3-3-1-6Z M12 13v7",
  reply: "M10 6 4 11.5 10 17v-3.5c5 0 8 1.5 10 5 0-6-3.5-9-10-9Z",
  reply_all: "M13 6 7 11.5 13 17v-3.5c4.500 0 7 1.500 8.500 5 0-6-3-9-8.500-9Z M8.500 6 2.500 11.500l6 5.500",
  forward: "M14 6l6 5.500-6 5.500v-3.500c-5 0-8 1.500-10 5 0-6 3.500-9 10-9Z",
  mail: "M3.500 6h17v12.500h-17Z M3.500 7l8.500 6.500L20.500 7",
  edit: "M5 19l1-4L16 5l3 3L9 18l-4 1Z",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7",
  copy: "M9 9h10v11H9Z M5 15V4h10",
  photo: "M4 5h16v14H4Z M4 16l5-5 4 4 3-3 4 4 M15.5 9h.01",
  file: "M7 3h7l4 4v14H7Z M14 3v4h4",
  voice:
    "M12 4a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0v-5A2.5 2.5 0 0 1 12 4Z M6.5 11a5.5 5.5 0 0 0 11 0M12 16.5V20",
  contact: "M12 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z M5 20c.5-4 3-6 7-6s6.500 2 7 6",
  location: "M12 21c-4-5-6-8-6-11a6 6 0 0 1 12 0c0 3-2 6-6 11Z M12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  poll: "M6 20v-7M12 20V5M18 20v-10",
  dice: "M5 5h14v14H5Z M9 9h.01M15 15h.01M15 9h.01M9 15h.01M12 12h.01",
  log: "M5 6h14M5 12h14M5 18h9",
  block: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z M6.500 6.500l11 11",
  plus: "M12 5v14M5 12h14",
  lock: "M6 11h12v9H6Z M8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  link: "M8 16 17 7M10 7h7v7",
  people:
    "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z M3.500 19c.4-3.500 2.500-5 5.500-5s5 1.500 5.500 5M16 11a2.500 2.500 0 1 0-1-4.800M17 14.200c2 .4 3.200 2 3.500 4.800",
  phone: "M8 3h8v18H8Z M11 18h2",
  help: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z M9.8 9.6a2.3 2.3 0 1 1 3.2 2.1c-.7.3-1 .8-1 1.5v.4M12 16.4h.01",
  check: "M5 12.500l4.500 4.500L19 7.500",
};

/** The icon called `name`; decoration only, its button carries the label. */
export function icon(name) {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" },
    svg("path", { d: PATHS[name] }),
  );
}

/** LineZero's mark: a zero with the line through it. */
export function mark() {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", class: "mark", "aria-hidden": "true" },
    svg("ellipse", { cx: "12", cy: "12", rx: "6.5", ry: "8.5" }),
    svg("path", { d: "M1.5 12h21" }),
  );
}
