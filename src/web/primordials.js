"use strict";

// The built-ins that internal files use, captured while the startup snapshot is
// made: by the time a lazy file runs, the program may have replaced any global
// and any method.
//
// Every entry costs every isolate memory for as long as it lives, so an entry
// is here only because a file uses it. Static functions, constructors and
// prototypes are taken as they are (one word each). A method `Map.prototype.get`
// becomes `MapPrototypeGet(map, key)`, a bound `Function.prototype.call`, so
// that calling it looks nothing up; a getter likewise, with `Get` in its name.

const { bind, call } = Function.prototype;
const uncurryThis = bind.bind(call);

const getter = (object, key) => uncurryThis(Object.getOwnPropertyDescriptor(object, key).get);

const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
const ArrayIteratorPrototype = Object.getPrototypeOf([].values());

// The global object

primordials.globalThis = globalThis;
// Called by this name it is an indirect eval, which runs in the global scope.
primordials.globalEval = eval;
// Its prototype is there from the start, since a program may close the global object before it touches an event.
// events/global_scope.js makes it an EventTarget's.
const WorkerGlobalScopePrototype = {};
Object.defineProperty(WorkerGlobalScopePrototype, Symbol.toStringTag, {
  value: "WorkerGlobalScope",
  configurable: true,
});
Object.setPrototypeOf(globalThis, WorkerGlobalScopePrototype);
primordials.WorkerGlobalScopePrototype = WorkerGlobalScopePrototype;

// Constructors

primordials.AggregateError = AggregateError;
primordials.Array = Array;
primordials.ArrayBuffer = ArrayBuffer;
primordials.DataView = DataView;
primordials.Date = Date;
primordials.Error = Error;
primordials.FinalizationRegistry = FinalizationRegistry;
primordials.Map = Map;
primordials.WeakMap = WeakMap;
primordials.Number = Number;
primordials.Promise = Promise;
primordials.RangeError = RangeError;
primordials.RegExp = RegExp;
primordials.Set = Set;
primordials.TypeError = TypeError;
primordials.Uint32Array = Uint32Array;
primordials.Uint8Array = Uint8Array;
primordials.WeakRef = WeakRef;

// Static functions

primordials.ArrayIsArray = Array.isArray;
primordials.ArrayBufferIsView = ArrayBuffer.isView;
primordials.ArrayOf = Array.of;
primordials.ErrorCaptureStackTrace = Error.captureStackTrace;
primordials.JSONStringify = JSON.stringify;
primordials.JSONParse = JSON.parse;
primordials.MathMax = Math.max;
primordials.MathMin = Math.min;
primordials.ObjectFreeze = Object.freeze;
primordials.PromiseResolve = Promise.resolve.bind(Promise);
primordials.StringFromCharCode = String.fromCharCode;
primordials.DateNow = Date.now;
primordials.MathFloor = Math.floor;
primordials.MathFround = Math.fround;
primordials.MathTrunc = Math.trunc;
primordials.NumberParseFloat = Number.parseFloat;
primordials.NumberParseInt = Number.parseInt;
primordials.ObjectDefineProperty = Object.defineProperty;
primordials.ObjectGetOwnPropertyDescriptor = Object.getOwnPropertyDescriptor;
primordials.ObjectGetPrototypeOf = Object.getPrototypeOf;
primordials.ObjectHasOwn = Object.hasOwn;
primordials.ObjectSetPrototypeOf = Object.setPrototypeOf;
primordials.PromiseAny = Promise.any;
primordials.PromiseReject = Promise.reject.bind(Promise);
primordials.ReflectApply = Reflect.apply;
primordials.ReflectConstruct = Reflect.construct;
primordials.ReflectGetOwnPropertyDescriptor = Reflect.getOwnPropertyDescriptor;
primordials.ReflectOwnKeys = Reflect.ownKeys;
primordials.ReflectSetPrototypeOf = Reflect.setPrototypeOf;
primordials.SymbolFor = Symbol.for;

// Symbols and prototypes

primordials.ArrayIteratorPrototype = ArrayIteratorPrototype;
primordials.ErrorPrototype = Error.prototype;
primordials.FunctionPrototype = Function.prototype;
primordials.IteratorPrototype = Iterator.prototype;
primordials.ObjectPrototype = Object.prototype;
primordials.AsyncIteratorPrototype = Object.getPrototypeOf(
  Object.getPrototypeOf(async function* () {}.prototype),
);
primordials.SymbolAsyncIterator = Symbol.asyncIterator;
primordials.SymbolDispose = Symbol.dispose;
primordials.SymbolIterator = Symbol.iterator;
primordials.SymbolToPrimitive = Symbol.toPrimitive;
primordials.SymbolToStringTag = Symbol.toStringTag;

// Methods, to be compared with what a program has now

primordials.ArrayIteratorPrototypeNext = ArrayIteratorPrototype.next;
primordials.ArrayPrototypeValues = Array.prototype.values;

// Methods, with the receiver as first argument

primordials.ArrayBufferPrototypeTransfer = uncurryThis(ArrayBuffer.prototype.transfer);
primordials.ArrayPrototypeSort = uncurryThis(Array.prototype.sort);
primordials.ObjectPrototypePropertyIsEnumerable = uncurryThis(
  Object.prototype.propertyIsEnumerable,
);
primordials.StringPrototypeToLowerCase = uncurryThis(String.prototype.toLowerCase);
primordials.StringPrototypeToUpperCase = uncurryThis(String.prototype.toUpperCase);
primordials.TypedArrayPrototypeSet = uncurryThis(TypedArrayPrototype.set);
primordials.RegExpPrototypeExec = uncurryThis(RegExp.prototype.exec);
primordials.ArrayPrototypeToSpliced = uncurryThis(Array.prototype.toSpliced);
primordials.DatePrototypeGetTime = uncurryThis(Date.prototype.getTime);
primordials.DatePrototypeToISOString = uncurryThis(Date.prototype.toISOString);
primordials.FunctionPrototypeToString = uncurryThis(Function.prototype.toString);
primordials.MapPrototypeDelete = uncurryThis(Map.prototype.delete);
primordials.MapPrototypeForEach = uncurryThis(Map.prototype.forEach);
primordials.MapPrototypeGet = uncurryThis(Map.prototype.get);
primordials.MapPrototypeSet = uncurryThis(Map.prototype.set);
primordials.PromisePrototypeThen = uncurryThis(Promise.prototype.then);
primordials.FinalizationRegistryPrototypeRegister = uncurryThis(
  FinalizationRegistry.prototype.register,
);
primordials.SetPrototypeAdd = uncurryThis(Set.prototype.add);
primordials.SetPrototypeForEach = uncurryThis(Set.prototype.forEach);
primordials.SetPrototypeHas = uncurryThis(Set.prototype.has);
primordials.StringPrototypeCodePointAt = uncurryThis(String.prototype.codePointAt);
primordials.StringPrototypeCharCodeAt = uncurryThis(String.prototype.charCodeAt);
primordials.StringPrototypeIndexOf = uncurryThis(String.prototype.indexOf);
primordials.StringPrototypeLastIndexOf = uncurryThis(String.prototype.lastIndexOf);
primordials.StringPrototypeSlice = uncurryThis(String.prototype.slice);
primordials.StringPrototypeToWellFormed = uncurryThis(String.prototype.toWellFormed);
primordials.SymbolPrototypeToString = uncurryThis(Symbol.prototype.toString);
primordials.SymbolPrototypeValueOf = uncurryThis(Symbol.prototype.valueOf);
primordials.WeakRefPrototypeDeref = uncurryThis(WeakRef.prototype.deref);

// Getters, with the receiver as first argument

primordials.ArrayBufferPrototypeGetByteLength = getter(ArrayBuffer.prototype, "byteLength");
primordials.ArrayBufferPrototypeGetMaxByteLength = getter(
  ArrayBuffer.prototype,
  "maxByteLength",
);
primordials.ArrayBufferPrototypeGetResizable = getter(ArrayBuffer.prototype, "resizable");
primordials.DataViewPrototypeGetBuffer = getter(DataView.prototype, "buffer");
primordials.DataViewPrototypeGetByteLength = getter(DataView.prototype, "byteLength");
primordials.DataViewPrototypeGetByteOffset = getter(DataView.prototype, "byteOffset");
primordials.TypedArrayPrototypeGetBuffer = getter(TypedArrayPrototype, "buffer");
primordials.TypedArrayPrototypeGetByteLength = getter(TypedArrayPrototype, "byteLength");
primordials.TypedArrayPrototypeGetByteOffset = getter(TypedArrayPrototype, "byteOffset");
primordials.TypedArrayPrototypeGetLength = getter(TypedArrayPrototype, "length");
primordials.ArrayBufferPrototypeGetDetached = getter(ArrayBuffer.prototype, "detached");
primordials.TypedArrayPrototypeGetSymbolToStringTag = getter(
  TypedArrayPrototype,
  Symbol.toStringTag,
);
