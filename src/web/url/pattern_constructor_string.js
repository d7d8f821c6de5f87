"use strict";

// urlpattern.spec.whatwg.org/#constructor-string-parsing

const { StringPrototypeSlice } = primordials;
const { TYPES, tokenize } = require("url/pattern_tokens");
const { compile, matchesSpecialScheme, options } = require("url/pattern_component");
const { encoders } = require("url/pattern_init");

// urlpattern.spec.whatwg.org/#constructor-string-parser-state: those of
// components have their names, in the order in which components follow.
const INIT = 0;
const PROTOCOL = 1;
const AUTHORITY = 2;
const USERNAME = 3;
const PASSWORD = 4;
const HOSTNAME = 5;
const PORT = 6;
const PATHNAME = 7;
const SEARCH = 8;
const HASH = 9;
const DONE = 10;

const NAMES = [
  "",
  "protocol",
  "",
  "username",
  "password",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
  "",
];

class ConstructorStringParser {
  #input;
  #tokens;
  #result = { __proto__: null };
  #componentStart = 0;
  #index = 0;
  #increment = 1;
  #groupDepth = 0;
  #bracketDepth = 0;
  #isSpecial = false;
  #state = INIT;

  constructor(input) {
    this.#input = input;
    this.#tokens = tokenize(input, false);
  }

  // urlpattern.spec.whatwg.org/#parse-a-constructor-string
  run() {
    const result = this.#result;
    for (; this.#index < this.#tokens.length; this.#index += this.#increment) {
      this.#increment = 1;
      const { type } = this.#tokens[this.#index];
      if (type === TYPES.END) {
        if (!this.#end()) {
          break;
        }
      } else if (type === TYPES.OPEN) {
        this.#groupDepth++;
      } else if (this.#groupDepth > 0 && type !== TYPES.CLOSE) {
        continue;
      } else if (this.#groupDepth > 0) {
        this.#groupDepth--;
        this.#step();
      } else {
        this.#step();
      }
    }
    if (result.hostname !== undefined && result.port === undefined) {
      result.port = "";
    }
    return result;
  }

  // What the end of the input means. False if that is all.
  #end() {
    if (this.#state === INIT) {
      this.#rewind();
      if (this.#is("#")) {
        this.#changeState(HASH, 1);
      } else if (this.#isSearchPrefix()) {
        this.#changeState(SEARCH, 1);
      } else {
        this.#changeState(PATHNAME, 0);
      }
      return true;
    }
    if (this.#state === AUTHORITY) {
      this.#rewindAndSetState(HOSTNAME);
      return true;
    }
    this.#changeState(DONE, 0);
    return false;
  }

  #step() {
    switch (this.#state) {
      case INIT:
        if (this.#is(":")) {
          this.#rewindAndSetState(PROTOCOL);
        }
        break;
      case PROTOCOL:
        if (this.#is(":")) {
          this.#protocolEnds();
        }
        break;
      case AUTHORITY:
        if (this.#is("@")) {
          this.#rewindAndSetState(USERNAME);
        } else if (this.#is("/") || this.#isSearchPrefix() || this.#is("#")) {
          this.#rewindAndSetState(HOSTNAME);
        }
        break;
      case USERNAME:
        if (this.#is(":")) {
          this.#changeState(PASSWORD, 1);
        } else if (this.#is("@")) {
          this.#changeState(HOSTNAME, 1);
        }
        break;
      case PASSWORD:
        if (this.#is("@")) {
          this.#changeState(HOSTNAME, 1);
        }
        break;
      case HOSTNAME:
        if (this.#is("[")) {
          this.#bracketDepth++;
        } else if (this.#is("]")) {
          this.#bracketDepth--;
        } else if (this.#is(":") && this.#bracketDepth === 0) {
          this.#changeState(PORT, 1);
        } else {
          this.#pathnameStarts();
        }
        break;
      case PORT:
        this.#pathnameStarts();
        break;
      case PATHNAME:
        this.#searchStarts();
        break;
      case SEARCH:
        if (this.#is("#")) {
          this.#changeState(HASH, 1);
        }
        break;
    }
  }

  #protocolEnds() {
    // urlpattern.spec.whatwg.org/#compute-protocol-matches-a-special-scheme-flag
    const component = compile(this.#component(), encoders.protocol, options("", "", false));
    this.#isSpecial ||= matchesSpecialScheme(component);
    // urlpattern.spec.whatwg.org/#next-is-authority-slashes
    if (this.#isAt(this.#index + 1, "/") && this.#isAt(this.#index + 2, "/")) {
      this.#changeState(AUTHORITY, 3);
    } else {
      this.#changeState(this.#isSpecial ? AUTHORITY : PATHNAME, 1);
    }
  }

  #pathnameStarts() {
    if (this.#is("/")) {
      this.#changeState(PATHNAME, 0);
    } else {
      this.#searchStarts();
    }
  }

  #searchStarts() {
    if (this.#isSearchPrefix()) {
      this.#changeState(SEARCH, 1);
    } else if (this.#is("#")) {
      this.#changeState(HASH, 1);
    }
  }

  // urlpattern.spec.whatwg.org/#change-state
  #changeState(state, skip) {
    const old = this.#state;
    const result = this.#result;
    if (NAMES[old] !== "") {
      result[NAMES[old]] = this.#component();
    }
    if (old !== INIT && state !== DONE) {
      if (old <= PASSWORD && state >= PORT) {
        result.hostname ??= "";
      }
      if (old <= PORT && state >= SEARCH) {
        result.pathname ??= this.#isSpecial ? "/" : "";
      }
      if (old <= PATHNAME && state === HASH) {
        result.search ??= "";
      }
    }
    this.#state = state;
    this.#index += skip;
    this.#componentStart = this.#index;
    this.#increment = 0;
  }

  // urlpattern.spec.whatwg.org/#rewind
  #rewind() {
    this.#index = this.#componentStart;
    this.#increment = 0;
  }

  #rewindAndSetState(state) {
    this.#rewind();
    this.#state = state;
  }

  // urlpattern.spec.whatwg.org/#get-a-safe-token
  #token(index) {
    const { length } = this.#tokens;
    return this.#tokens[index < length ? index : length - 1];
  }

  // urlpattern.spec.whatwg.org/#is-a-non-special-pattern-char
  #isAt(index, value) {
    const token = this.#token(index);
    return (
      token.value === value &&
      (token.type === TYPES.CHAR ||
        token.type === TYPES.ESCAPED_CHAR ||
        token.type === TYPES.INVALID_CHAR)
    );
  }

  #is(value) {
    return this.#isAt(this.#index, value);
  }

  // urlpattern.spec.whatwg.org/#is-a-search-prefix
  #isSearchPrefix() {
    if (this.#is("?")) {
      return true;
    }
    if (this.#token(this.#index).value !== "?") {
      return false;
    }
    if (this.#index === 0) {
      return true;
    }
    const { type } = this.#token(this.#index - 1);
    return (
      type !== TYPES.NAME &&
      type !== TYPES.REGEXP &&
      type !== TYPES.CLOSE &&
      type !== TYPES.ASTERISK
    );
  }

  // urlpattern.spec.whatwg.org/#make-a-component-string
  #component() {
    const start = this.#token(this.#componentStart).index;
    return StringPrototypeSlice(this.#input, start, this.#tokens[this.#index].index);
  }
}

exports.parseConstructorString = (input) => new ConstructorStringParser(input).run();
