// A letter's HTML, behind three walls. Only harmless elements and attributes are taken over; they
// stand in a frame where no script runs; and the frame's own policy lets nothing be fetched.
// No other module of the page reads HTML.

import { h } from "./dom.js";
import { safeUrl } from "./richtext.js";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
const EMPTY =
  `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}">` +
  `<meta name="color-scheme" content="light"><body style="margin: 0; padding: 12px 14px; ` +
  `font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere">`;

const words = (text) => new Set(text.split(" "));
const TAGS = words(
  "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del " +
    "details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i ins kbd li main " +
    "mark nav ol p pre q s samp section small span strike strong sub summary sup table tbody td tfoot th " +
    "thead time tr tt u ul var wbr",
);
const SILENT = words(
  "applet audio canvas datalist embed frame frameset head iframe input link map math meta noembed noframes " +
    "object option script select style svg template textarea title video xmp",
);
const ATTRIBUTES = words(
  "align alt bgcolor border cellpadding cellspacing color colspan dir face height lang rowspan size start " +
    "title valign width",
);
const FETCHING = /url|image|src|expression|import|position|\\/i; // in a style
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp);base64,/i;

/** The harmless part of a node as new nodes of this page. */
function harmless(node) {
  if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.data)];
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  const tag = node.localName;
  if (SILENT.has(tag)) return [];
  if (tag === "img") return picture(node);
  const children = [...node.childNodes].flatMap(harmless);
  if (!TAGS.has(tag)) return children;
  const element = document.createElement(tag);
  dress(element, node);
  const href = tag === "a" && safeUrl(node.getAttribute("href") ?? "");
  if (href) element.setAttribute("href", href);
  element.append(...children);
  return [element];
}

function dress(element, node) {
  for (const { name, value } of node.attributes) {
    if (ATTRIBUTES.has(name) || (name === "style" && !FETCHING.test(value))) element.setAttribute(name, value);
  }
}

/** A picture that travels inside the letter, or the words that stand for one from elsewhere. */
function picture(node) {
  const src = node.getAttribute("src") ?? "";
  if (!PICTURE.test(src)) return [document.createTextNode(node.getAttribute("alt") ?? "")];
  const image = document.createElement("img");
  dress(image, node);
  image.setAttribute("src", src);
  image.style.maxWidth = "100%";
  return [image];
}

/**
 * A frame that shows `html`. `follow(address)` is called when a person follows a link: http, https
 * or mailto.
 */
export function letterFrame(html, { title, follow }) {
  const content = document.createDocumentFragment();
  content.append(...[...new DOMParser().parseFromString(html, "text/html").body.childNodes].flatMap(harmless));
  // allow-same-origin lets this page fill and measure the frame; without allow-scripts nothing in it runs.
  const frame = h("iframe", { class: "letter-frame", sandbox: "allow-same-origin", title, srcdoc: EMPTY });
  frame.addEventListener("load", () => {
    const { body } = frame.contentDocument;
    body.replaceChildren(content.cloneNode(true));
    body.addEventListener("click", (event) => {
      event.preventDefault();
      const link = event.target.closest("a[href]");
      if (link) follow(link.getAttribute("href"));
    });
    new ResizeObserver(() => {
      frame.style.height = `${Math.max(body.offsetHeight, body.scrollHeight)}px`;
    }).observe(body);
  });
  return frame;
}
