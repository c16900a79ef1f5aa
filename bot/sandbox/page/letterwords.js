// The plain text of a letter: what is new in it, what is quoted below, and what can be chosen.

/** Lines that were broken for old programs joined again (RFC 3676 §4). */
function unflowed(text) {
  const joined = [];
  let open = false;
  for (const line of text.split("\n")) {
    const plain = line.startsWith(" ") ? line.slice(1) : line; // space-stuffed (§4.4)
    if (open) joined.push(joined.pop() + plain);
    else joined.push(plain);
    open = plain.endsWith(" ") && plain !== "-- " && !plain.startsWith(">");
  }
  return joined.join("\n");
}

/** A letter's text as {words, quoted}: quoted is the block of ">" lines at its end with the line
 *  above that tells whose words they are, "" if there is none. */
export function parted(letter) {
  const text = letter.text.replaceAll("\r", "");
  const lines = (letter.flowed ? unflowed(text) : text).trimEnd().split("\n");
  let at = lines.length;
  while (at > 0 && (lines[at - 1].startsWith(">") || !lines[at - 1].trim())) at -= 1;
  if (!lines.slice(at).some((line) => line.startsWith(">"))) at = lines.length;
  else if (lines[at - 1]?.trimEnd().endsWith(":")) at -= 1;
  return { words: lines.slice(0, at).join("\n").trim(), quoted: lines.slice(at).join("\n").trim() };
}

/** The numbered choices of a letter: "1 — Yes, it helped" on lines of their own, counted from 1. */
export function choices(words) {
  const found = [];
  for (const line of words.split("\n")) {
    const [, number, label] = /^(\d{1,2}) — (.+)$/.exec(line.trim()) ?? [];
    if (Number(number) === found.length + 1) found.push({ number, label });
  }
  return found;
}

/** Entities (as Telegram's) for the web addresses in a text. */
export function addresses(text) {
  return [...text.matchAll(/\bhttps?:\/\/[^\s<>"]*[^\s<>".,:;!?)\]}»]/g)].map((match) => ({
    type: "url",
    offset: match.index,
    length: match[0].length,
  }));
}
