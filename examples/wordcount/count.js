// Counts the words of one chunk of text, which arrives as a transferred buffer.
//
// A word is a longest run of ASCII letters and of bytes above 127, with A to Z taken as a to z: so a
// chunk that ends at a blank never cuts a word, and Rust and JavaScript agree byte for byte.

/** Counts words in `buffer`; returns them with their counts, and how many there were. */
export function count(buffer) {
  const bytes = new Uint8Array(buffer);
  const counts = new Map();
  let words = 0;
  let start = -1;
  for (let i = 0; i <= bytes.length; i += 1) {
    const byte = i < bytes.length ? bytes[i] : 32;
    const isUpper = byte >= 65 && byte <= 90;
    if (isUpper) bytes[i] = byte + 32;
    if (isUpper || (byte >= 97 && byte <= 122) || byte > 127) {
      if (start < 0) start = i;
    } else if (start >= 0) {
      const word = latin1(bytes, start, i);
      counts.set(word, (counts.get(word) ?? 0) + 1);
      words += 1;
      start = -1;
    }
  }
  return { words, counts };
}

/** How many characters one call makes: as arguments they lie on the stack. */
const PIECE = 4_096;

/** The bytes as a string of one character each. Rust turns them back. */
function latin1(bytes, start, end) {
  let text = "";
  if (end - start < 64) {
    for (let i = start; i < end; i += 1) text += String.fromCharCode(bytes[i]);
    return text;
  }
  // One by one, each character of a long word would cost a string of its own.
  for (let i = start; i < end; i += PIECE) {
    text += String.fromCharCode.apply(null, bytes.subarray(i, Math.min(i + PIECE, end)));
  }
  return text;
}
