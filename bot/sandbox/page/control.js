// The sandbox's control API, and its stream of events.

/** What the sandbox refused, with its own words. */
export class Refused extends Error {
  constructor(status, description) {
    super(description);
    this.name = "Refused";
    this.status = status;
  }
}

async function request(method, path, { query = {}, body } = {}) {
  const url = new URL(`/sandbox/${path}`, location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) url.searchParams.set(name, value);
  }
  const options = { method, headers: {} };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  const response = await fetch(url, options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer.description ?? response.statusText);
  return answer;
}

const post =
  (path) =>
  (body = {}) =>
    request("POST", path, { body });

export const state = () => request("GET", "state");
export const messages = (chat_id, limit = 300) => request("GET", "messages", { query: { chat_id, limit } });
export const calls = (after) => request("GET", "calls", { query: { after } });
export const clearFaults = () => request("DELETE", "faults");
export const addUser = post("users");
export const addGroup = post("groups");
export const edit = post("edit");
export const remove = post("remove");
export const press = post("press");
export const pin = post("pin");
export const react = post("react");
export const block = post("block");
export const unblock = post("unblock");
export const addFault = post("faults");
export const setForum = post("groups/forum");
/** Topics: "create", "close", "reopen", "rename" or "delete". */
export const topic = (action, body) => request("POST", `topics/${action}`, { body });

/** A person sends something; `files` go as they are, with their names and types. */
export const send = (fields, files = []) =>
  request("POST", "send", { body: files.length ? formOf(fields, files) : fields });

function formOf(fields, files) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    form.append(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  files.forEach((file, i) => form.append(`file${i}`, file, file.name));
  return form;
}

export const fileUrl = (file_id) => `/sandbox/files/${encodeURIComponent(file_id)}`;

// Mail

export const mailPeople = () => request("GET", "mail/people");
export const letters = (address, after) => request("GET", "mail/letters", { query: { address, after } });
/** A whole letter; whoever asks has read it. */
export const letter = (address, id) => request("GET", "mail/letter", { query: { address, id } });
export const addMailPerson = post("mail/person");
/** A person writes a letter; it leaves by SMTP, so an answer may take a while. */
export const sendLetter = (fields, files = []) =>
  request("POST", "mail/send", { body: formOf(fields, files) });

const mailUrl = (what, fields) => `/sandbox/mail/${what}?${new URLSearchParams(fields)}`;
export const attachmentUrl = (address, id, index) => mailUrl("attachment", { address, id, index });

/** A letter as it travelled. */
export async function letterSource(address, id) {
  const response = await fetch(mailUrl("source", { address, id }));
  if (!response.ok) throw new Refused(response.status, response.statusText);
  return response.text();
}

/**
 * Follows the sandbox's events for the life of the page. After any break `resync()` reads everything
 * afresh and says from which number on to listen, so that a restart of the server loses nothing.
 */
export function follow({ resync, event, online }) {
  let pause = 500;
  let source = null;
  const start = async () => {
    try {
      const after = await resync();
      source = new EventSource(`/sandbox/events?after=${after}`);
    } catch {
      online(false); // the server is away; try again, a little later every time
      later();
      return;
    }
    source.onopen = () => {
      pause = 500;
      online(true);
    };
    source.onmessage = (message) => event(JSON.parse(message.data));
    source.onerror = () => {
      source.close();
      online(false);
      later();
    };
  };
  const later = () => {
    setTimeout(start, pause);
    pause = Math.min(pause * 2, 5000);
  };
  return start();
}
