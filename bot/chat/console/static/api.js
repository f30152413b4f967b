// Talking with the console's server, which is on this computer.

const token = document.querySelector('meta[name="console-token"]').content;

/** What the server said no to, as a sentence for the person who asked. */
export class Problem extends Error {}

/** The server could not be reached, or failed: the same request can be tried again. */
export class Unreachable extends Error {}

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Unreachable("The bot could not be reached. What you wrote is still here.");
  }
  if (response.status === 503) throw new Unreachable((await response.json()).problem);
  if (response.status >= 500) {
    throw new Unreachable("Something went wrong in the bot. What you wrote is still here.");
  }
  const answer = await response.json();
  if (!response.ok) throw new Problem(answer.problem ?? "That was not possible.");
  return answer;
}

export const get = (path) => ask(path);

export const post = (path, body) =>
  ask(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-console-token": token },
    body: JSON.stringify(body),
  });

/** The page's own id of one thing that a person did: trying again sends the same id, so it counts once. */
export const newEvent = () => `console-${crypto.randomUUID()}`;

/** Call `changed` whenever the server says that something changed, and after every reconnection. */
export function listen(changed, connected) {
  const source = new EventSource("/events");
  source.addEventListener("changed", changed);
  source.addEventListener("open", () => connected(true));
  source.addEventListener("error", () => {
    connected(false);
    // The browser reconnects by itself unless the server refused; then we do.
    if (source.readyState === EventSource.CLOSED) {
      source.close();
      setTimeout(() => listen(changed, connected), 3000);
    }
  });
}
