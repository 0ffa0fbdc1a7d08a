// Calls to the people's API and the two event streams; every address is below /demo.

export class Refusal extends Error {}

export async function call(method, path, body) {
  const options = { method };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  let answer;
  try {
    answer = await fetch(`/demo/api${path}`, options);
  } catch {
    throw new Refusal("The phone has no connection to the demo.");
  }
  const text = await answer.text();
  let result = {};
  try {
    result = JSON.parse(text);
  } catch {
    throw new Refusal(`The demo is not answering (${answer.status}).`);
  }
  if (!answer.ok) throw new Refusal(result.error ?? `The demo refused (${answer.status}).`);
  return result;
}

export const fileUrl = (fileId) => `/demo/api/files/${encodeURIComponent(fileId)}`;

// A stream that comes back by itself. `path` is asked for again on every connection, because a
// browser gives up for good when a proxy answers an error while the demo restarts.
export function listen(path, handlers, onState) {
  let source;
  let timer;
  let closed = false;
  const connect = () => {
    source = new EventSource(`/demo/api${path()}`);
    source.addEventListener("ready", () => onState?.(true));
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
    }
    source.onerror = () => {
      source.close();
      if (closed) return;
      onState?.(false);
      timer = setTimeout(connect, 1500);
    };
  };
  connect();
  return () => {
    closed = true;
    clearTimeout(timer);
    source.close();
  };
}
