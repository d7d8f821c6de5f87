"use strict";

// urlpattern.spec.whatwg.org/#parsing

const { Set, SetPrototypeAdd, SetPrototypeHas, TypeError } = primordials;
const { TYPES, tokenize } = require("url/pattern_tokens");
const { escapeRegexp } = require("url/pattern_text");

// urlpattern.spec.whatwg.org/#part-type, in the order of how much they match.
const FULL_WILDCARD = 0;
const SEGMENT_WILDCARD = 1;
const REGEXP = 2;
const FIXED_TEXT = 3;

exports.PARTS = { __proto__: null, FULL_WILDCARD, SEGMENT_WILDCARD, REGEXP, FIXED_TEXT };

const FULL_WILDCARD_REGEXP = ".*";

class Part {
  type;
  value;
  // "", "?", "*" or "+".
  modifier;
  name = "";
  prefix = "";
  suffix = "";

  constructor(type, value, modifier) {
    this.type = type;
    this.value = value;
    this.modifier = modifier;
  }
}

// urlpattern.spec.whatwg.org/#generate-a-segment-wildcard-regexp
function segmentWildcardRegexp(options) {
  return `[^${escapeRegexp(options.delimiter)}]+?`;
}
exports.segmentWildcardRegexp = segmentWildcardRegexp;

// Among more parts than this a name is looked for in a set.
const FEW = 32;

class PatternParser {
  #tokens;
  #encode;
  #options;
  #segmentWildcard;
  #index = 0;
  #pendingFixedValue = "";
  #nextNumericName = 0;
  // The names of the parts, once they are many; else null.
  #names = null;
  parts = { __proto__: null, length: 0 };

  constructor(input, options, encode) {
    this.#tokens = tokenize(input, true);
    this.#options = options;
    this.#encode = encode;
    this.#segmentWildcard = segmentWildcardRegexp(options);
  }

  // urlpattern.spec.whatwg.org/#parse-a-pattern-string
  run() {
    while (this.#index < this.#tokens.length) {
      const char = this.#tryConsume(TYPES.CHAR);
      let name = this.#tryConsume(TYPES.NAME);
      let regexp = this.#tryConsumeRegexpOrWildcard(name);
      if (name !== null || regexp !== null) {
        let prefix = char === null ? "" : char.value;
        if (prefix !== "" && prefix !== this.#options.prefix) {
          this.#pendingFixedValue += prefix;
          prefix = "";
        }
        this.#addPendingFixedValue();
        this.#addPart(prefix, name, regexp, "", this.#tryConsumeModifier());
        continue;
      }
      const fixed = char ?? this.#tryConsume(TYPES.ESCAPED_CHAR);
      if (fixed !== null) {
        this.#pendingFixedValue += fixed.value;
        continue;
      }
      if (this.#tryConsume(TYPES.OPEN) !== null) {
        const prefix = this.#consumeText();
        name = this.#tryConsume(TYPES.NAME);
        regexp = this.#tryConsumeRegexpOrWildcard(name);
        const suffix = this.#consumeText();
        this.#consume(TYPES.CLOSE);
        this.#addPart(prefix, name, regexp, suffix, this.#tryConsumeModifier());
        continue;
      }
      this.#addPendingFixedValue();
      this.#consume(TYPES.END);
    }
    return this.parts;
  }

  // urlpattern.spec.whatwg.org/#try-to-consume-a-token
  #tryConsume(type) {
    const token = this.#tokens[this.#index];
    if (token.type !== type) {
      return null;
    }
    this.#index++;
    return token;
  }

  // urlpattern.spec.whatwg.org/#try-to-consume-a-modifier-token, its text.
  #tryConsumeModifier() {
    const token = this.#tryConsume(TYPES.OTHER_MODIFIER) ?? this.#tryConsume(TYPES.ASTERISK);
    return token === null ? "" : token.value;
  }

  // urlpattern.spec.whatwg.org/#try-to-consume-a-regexp-or-wildcard-token
  #tryConsumeRegexpOrWildcard(name) {
    const token = this.#tryConsume(TYPES.REGEXP);
    return name === null && token === null ? this.#tryConsume(TYPES.ASTERISK) : token;
  }

  // urlpattern.spec.whatwg.org/#consume-a-required-token
  #consume(type) {
    if (this.#tryConsume(type) === null) {
      const { index, value } = this.#tokens[this.#index];
      throw new TypeError(`Invalid pattern: unexpected '${value}' at index ${index}.`);
    }
  }

  // urlpattern.spec.whatwg.org/#consume-text
  #consumeText() {
    let text = "";
    for (;;) {
      const token = this.#tryConsume(TYPES.CHAR) ?? this.#tryConsume(TYPES.ESCAPED_CHAR);
      if (token === null) {
        return text;
      }
      text += token.value;
    }
  }

  #push(part) {
    this.parts[this.parts.length++] = part;
  }

  // urlpattern.spec.whatwg.org/#maybe-add-a-part-from-the-pending-fixed-value
  #addPendingFixedValue() {
    if (this.#pendingFixedValue !== "") {
      const value = this.#encode(this.#pendingFixedValue);
      this.#pendingFixedValue = "";
      this.#push(new Part(FIXED_TEXT, value, ""));
    }
  }

  // urlpattern.spec.whatwg.org/#add-a-part
  #addPart(prefix, name, regexp, suffix, modifier) {
    if (name === null && regexp === null && modifier === "") {
      this.#pendingFixedValue += prefix;
      return;
    }
    this.#addPendingFixedValue();
    if (name === null && regexp === null) {
      if (prefix !== "") {
        this.#push(new Part(FIXED_TEXT, this.#encode(prefix), modifier));
      }
      return;
    }
    const part = new Part(REGEXP, this.#regexpValue(regexp), modifier);
    if (part.value === this.#segmentWildcard) {
      part.type = SEGMENT_WILDCARD;
      part.value = "";
    } else if (part.value === FULL_WILDCARD_REGEXP) {
      part.type = FULL_WILDCARD;
      part.value = "";
    }
    part.name = name === null ? `${this.#nextNumericName++}` : name.value;
    if (this.#isDuplicateName(part.name)) {
      throw new TypeError(`Invalid pattern: the name '${part.name}' is there twice.`);
    }
    part.prefix = this.#encode(prefix);
    part.suffix = this.#encode(suffix);
    this.#push(part);
  }

  // urlpattern.spec.whatwg.org/#is-a-duplicate-name, of a part that is to be added.
  #isDuplicateName(name) {
    const { parts } = this;
    if (this.#names === null) {
      for (let i = 0; i < parts.length; i++) {
        if (parts[i].name === name) {
          return true;
        }
      }
      if (parts.length < FEW) {
        return false;
      }
      this.#names = new Set();
      for (let i = 0; i < parts.length; i++) {
        SetPrototypeAdd(this.#names, parts[i].name);
      }
    } else if (SetPrototypeHas(this.#names, name)) {
      return true;
    }
    SetPrototypeAdd(this.#names, name);
    return false;
  }

  #regexpValue(token) {
    if (token === null) {
      return this.#segmentWildcard;
    }
    return token.type === TYPES.ASTERISK ? FULL_WILDCARD_REGEXP : token.value;
  }
}

exports.FULL_WILDCARD_REGEXP = FULL_WILDCARD_REGEXP;
exports.parsePattern = (input, options, encode) => new PatternParser(input, options, encode).run();
