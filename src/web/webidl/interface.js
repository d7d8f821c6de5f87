"use strict";

// webidl.spec.whatwg.org/#js-interfaces
//
// What a `class` lacks to be a WebIDL interface, and the checks that every
// interface makes first. A brand is always a private name of the class itself
// (`#state in value`); here are only the errors for when it is missing.

const {
  Map,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  ObjectGetPrototypeOf,
  ObjectSetPrototypeOf,
  ReflectApply,
  ReflectOwnKeys,
  SymbolToStringTag,
  TypeError,
  globalThis,
} = primordials;
const { op_platform_object_mark } = ops;

// The key that lets other files construct an interface whose IDL has no
// constructor. It never reaches user code.
exports.internal = { __proto__: null };

const isObject = (value) =>
  (typeof value === "object" && value !== null) || typeof value === "function";
exports.isObject = isObject;

// webidl.spec.whatwg.org/#internally-create-a-new-object-implementing-the-interface, step 3.4
// Where the new target has no object as its prototype, the language falls back
// to that of Object, WebIDL to that of the interface.
exports.fallBack = (object, newTarget, Class) => {
  if (newTarget !== Class && !isObject(newTarget.prototype)) {
    ObjectSetPrototypeOf(object, Class.prototype);
  }
};

exports.illegalConstructor = () => {
  throw new TypeError("Illegal constructor");
};

exports.illegalInvocation = () => {
  throw new TypeError("Illegal invocation");
};

// An operation of the global object, called with a receiver that is not it.
// Without a receiver the global object is meant.
exports.checkGlobalReceiver = (value) => {
  if (value !== undefined && value !== null && value !== globalThis) {
    throw new TypeError("Illegal invocation");
  }
};

// webidl.spec.whatwg.org/#dfn-create-operation-function, the check that comes
// before overload resolution. `prefix` is "Failed to execute 'x' on 'Y'".
exports.requireArguments = (given, required, prefix) => {
  if (given < required) {
    throw new TypeError(
      `${prefix}: ${required} argument${required === 1 ? "" : "s"} required, ` +
        `but only ${given} present.`,
    );
  }
};

const noArguments = { __proto__: null, length: 0 };

const enumerable = { __proto__: null, enumerable: true };

function makeEnumerable(object, isMember) {
  const keys = ReflectOwnKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key === "string" && isMember(key)) {
      ObjectDefineProperty(object, key, enumerable);
    }
  }
}

const isPrototypeMember = (key) => key !== "constructor";
const isStaticMember = (key) => key !== "length" && key !== "name" && key !== "prototype";

// webidl.spec.whatwg.org/#interface-prototype-object
// Makes the members enumerable, names the class for Object.prototype.toString,
// and tells the serializer that instances are platform objects: it refuses
// them, unless their class has a wire form, instead of sending a silent `{}`.
// `shown` is an array of the attributes that `console` shows.
exports.defineInterface = (Class, shown = undefined) => {
  const { prototype } = Class;
  makeEnumerable(prototype, isPrototypeMember);
  makeEnumerable(Class, isStaticMember);
  ObjectDefineProperty(prototype, SymbolToStringTag, {
    __proto__: null,
    value: Class.name,
    configurable: true,
  });
  op_platform_object_mark(prototype);
  if (shown !== undefined) {
    defineShown(Class, shown);
  }
};

// The getter of an attribute of the interface or of one that it inherits from. The program may replace it later.
function getterOf(prototype, name) {
  const descriptor = ObjectGetOwnPropertyDescriptor(prototype, name);
  return descriptor === undefined
    ? getterOf(ObjectGetPrototypeOf(prototype), name)
    : descriptor.get;
}

function defineShown(Class, names) {
  const getters = { __proto__: null };
  for (let i = 0; i < names.length; i++) {
    getters[i] = getterOf(Class.prototype, names[i]);
  }
  exports.defineInspection(Class, (value) => {
    const fields = { __proto__: null, length: 0 };
    try {
      for (let i = 0; i < names.length; i++) {
        fields[fields.length++] = names[i];
        fields[fields.length++] = ReflectApply(getters[i], value, noArguments);
      }
    } catch {
      // No instance.
      return undefined;
    }
    return fields;
  });
}

// What `console` shows of an interface's instances, whose state no property tells. `fieldsOf(value)` gives a list of names
// and values in turn, undefined for what is no instance.
let inspections;

exports.defineInspection = (Class, fieldsOf) => {
  inspections ??= new Map();
  MapPrototypeSet(inspections, Class.prototype, fieldsOf);
};

exports.hasInspections = () => inspections !== undefined;

exports.inspectionOf = (prototype) => MapPrototypeGet(inspections, prototype);

// How structuredClone makes a copy of an instance without the serializer, which does messages; `cloneOf(value)` gives
// undefined for what is no instance.
let cloners;

exports.defineCloner = (Class, cloneOf) => {
  cloners ??= new Map();
  MapPrototypeSet(cloners, Class.prototype, cloneOf);
};

exports.clonerOf = (prototype) =>
  cloners === undefined ? undefined : MapPrototypeGet(cloners, prototype);

// webidl.spec.whatwg.org/#js-constants
// On the interface object and on its prototype. `constants` has a null
// prototype; its order is the order of the IDL.
exports.defineConstants = (Class, constants) => {
  const keys = ReflectOwnKeys(constants);
  for (let i = 0; i < keys.length; i++) {
    const constant = {
      __proto__: null,
      value: constants[keys[i]],
      enumerable: true,
    };
    ObjectDefineProperty(Class, keys[i], constant);
    ObjectDefineProperty(Class.prototype, keys[i], constant);
  }
};
