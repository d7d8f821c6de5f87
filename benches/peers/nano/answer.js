// Answers each message. Asked to touch, it first uses ten globals that are lazy, as the peers'
// `work/worker/answer.mjs` does. Of those there, nano has four so far; the others stand in for the
// rest.

export function answer(message) {
  if (message.touch) touch();
  return message;
}

function touch() {
  return [
    new AbortController().signal,
    structuredClone({ a: 1 }),
    performance.now(),
    new Event("event"),
    new EventTarget(),
    new CustomEvent("event", { detail: 1 }),
    new ErrorEvent("error"),
    AbortSignal.abort(),
    new DOMException("text", "AbortError"),
    clearTimeout(setTimeout(() => {}, 0)),
  ].length;
}
