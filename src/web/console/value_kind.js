"use strict";
// What `op_value_kind` answers: the internal slots a value has, whatever its
// prototype says.

exports.KIND = {
  __proto__: null,
  OBJECT: 0,
  FUNCTION: 1,
  SYMBOL: 2,
  WEAK_MAP: 3,
  WEAK_SET: 4,
  WEAK_REF: 5,
  PROMISE: 6,
  PROXY: 7,
  GENERATOR: 8,
  MAP: 9,
  SET: 10,
  DATE: 11,
  REGEXP: 12,
  ARRAY_BUFFER: 13,
  SHARED_ARRAY_BUFFER: 14,
  VIEW: 15,
  ERROR: 16,
  MODULE: 17,
  ARGUMENTS: 18,
  BOXED: 19,
  MAP_ITERATOR: 20,
  SET_ITERATOR: 21,
  EXTERNAL: 22,
  WASM: 23,
  ARRAY: 24,
  PRIMITIVE: 25,
  // Told apart from OBJECT only when asked to look closely: an object that the
  // serializer has no form for, and a host object that has one.
  UNCLONEABLE: 26,
  HOST: 27,
  // Likewise: a detached buffer, and a view of one.
  DETACHED_BUFFER: 28,
  VIEW_OF_DETACHED: 29,
};
