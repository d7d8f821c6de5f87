// What nano provides beside the web platform: the module `nano:actor`, and `import.meta`. The module
// `node:async_hooks` is declared by @types/node, or by async_hooks.d.ts in this folder.

declare module "nano:actor" {
  /** How long, and until when, an ask is waited for. */
  export interface AskOptions {
    /** Takes the ask back when it aborts; the promise rejects with its reason. */
    signal?: AbortSignal;
    /** In whole milliseconds, from 0 on. Within a call, its remaining time holds where that is shorter. */
    timeout?: number;
    /** What moves to the receiver instead of being copied: buffers, ports, streams. */
    transfer?: Iterable<object>;
  }

  export interface TellOptions {
    /** What moves to the receiver instead of being copied: buffers, ports, streams. */
    transfer?: Iterable<object>;
  }

  /**
   * What a child may use. Where nothing is said it has nano's defaults, and never more than its parent has. Limits
   * are numbers from 1 on; `Infinity` asks for as much as the parent has.
   */
  export interface SpawnOptions {
    /** The child's module as text; then the specifier is only its URL. */
    source?: string;
    /** A name for people, in errors and statistics. */
    name?: string;
    /**
     * Whether the child and this isolate end with each other when one of them fails. Without it the child lives on
     * when this isolate ends, however that was.
     */
    linked?: boolean;
    /** JavaScript heap, in bytes; 128 MiB by default. */
    heapBytes?: number;
    /** Contents of ArrayBuffers, in bytes; 128 MiB by default. */
    bufferBytes?: number;
    /**
     * What V8 holds outside the heap, in bytes, added to `bufferBytes`, since V8 counts both together; 128 MiB by
     * default.
     */
    externalBytes?: number;
    /**
     * Address ranges that WebAssembly memories and resizable buffers reserve, where each 16 GiB count as one if that
     * is more; 1,000 by default.
     */
    reservations?: number;
    /** Native stack of JavaScript, in bytes; 960 KiB by default, 3 MiB at most. */
    stackBytes?: number;
    /** CPU time of one call over all its turns, in milliseconds; 1,000 by default. */
    cpuMs?: number;
    /** CPU time of one turn, in milliseconds; 1,000 by default, or `cpuMs` where that is more. */
    cpuTurnMs?: number;
    /** Time from a call's start to its reply, in milliseconds; 30,000 by default. */
    wallMs?: number;
    /** Messages that wait; senders wait while it is full. 1,024 by default. */
    mailbox?: number;
    /** Bytes of the messages that wait for it, together; 128 MiB by default. A larger one waits until it is alone. */
    mailboxBytes?: number;
    /** One message, in bytes; 64 MiB by default. */
    messageBytes?: number;
    /** Calls started and not yet answered; further ones are refused. 10,000 by default. */
    pendingCalls?: number;
    /** Asks, watches and spawns in progress; further ones are refused. 10,000 by default. */
    pendingOperations?: number;
    /**
     * Live isolates that descend from the child: those that it has spawned, those that these have, and so on, also
     * after it has ended. They count for each isolate that they descend from. 1,000 by default.
     */
    isolates?: number;
    /**
     * Bytes of its messages that wait for room with others, and of replies that wait for it; 128 MiB by default.
     */
    pendingBytes?: number;
    /** Bytes that the body of a request or a response may have to be read as a whole, of a stream; 64 MiB by default. */
    bodyBytes?: number;
    /** Armed timers; 10,000 by default. */
    timers?: number;
    /**
     * In what steps the child sees time in `performance` and events, in milliseconds: its parent's by default, and
     * never finer; 0.005 where nobody has said anything. `Date` has whole milliseconds and `Temporal.Now` steps of
     * about a microsecond, whatever is set here.
     */
    clockResolutionMs?: number;
  }

  /**
   * The stable `code` of an error with which an ask rejects, unless the handler itself threw: then the error has the
   * `code` that it had there, if that is a string. Where it is
   * `"not_delivered"` the handler has not run and will not, be it after a `TimeoutError` or a `QuotaExceededError` (more
   * than `pendingCalls`): asking again is safe.
   * Where it is `"timeout"` and the ask had a `timeout`, the handler has begun. Else it may have run. `"limit"` is
   * for the ask whose own work reached a limit, be it that the isolate has ended by that; its other asks are
   * `"unknown"`. The error is a `QuotaExceededError`, after the wall time of a call (`wallMs`) a `TimeoutError`.
   */
  export type AskErrorCode = "not_delivered" | "timeout" | "cancelled" | "limit" | "unknown";

  /** The stable `code` of the `TypeError` with which an import or a spawn rejects whose module cannot be had. */
  export type LoadErrorCode =
    | "module_not_found"
    | "module_unreadable"
    | "loader_panicked"
    | "module_not_a_file"
    | "module_too_large"
    | "module_not_utf8"
    | "bare_specifier"
    | "unsupported_scheme"
    | "invalid_module_url"
    | "encoded_separator"
    | "invalid_data_url"
    | "invalid_module_path"
    | "no_files"
    | "wrong_module_type"
    | "import_blocked"
    | "import_map"
    | "module_load_failed";

  /**
   * An isolate. `Handlers` names its exports, for checked calls: `lookup<typeof import("./worker.js")>("w")`.
   * Sent in a message, it arrives as a reference to the same isolate.
   */
  export class Actor<Handlers = Record<string, (argument: any) => any>> {
    private constructor();
    /**
     * The address, for people. A supervised isolate has another one after each restart, and a reference keeps that of the
     * incarnation that it was made for.
     */
    readonly id: string;
    /**
     * Calls an export and waits for what it returns. Rejects with what the handler threw, or with a
     * `DOMException` whose `code` is an {@link AskErrorCode}.
     */
    ask<Name extends keyof Handlers & string>(
      name: Name,
      value?: Argument<Handlers[Name]>,
      options?: AskOptions,
    ): Promise<Reply<Handlers[Name]>>;
    /** Sends, at most once; what becomes of it nobody says. Waits for room in the background. */
    tell<Name extends keyof Handlers & string>(
      name: Name,
      value?: Argument<Handlers[Name]>,
      options?: TellOptions,
    ): void;
    /**
     * Fulfils once with the reason when the isolate has ended, for good where it is supervised. A root script
     * (`nano run`) stays alive for it, as for a worker elsewhere; not where it watches itself.
     */
    watch(): Promise<string>;
    /** Ends with that isolate, and it with this one, when either fails. */
    link(): void;
    /** Has it take no more messages and end with its last running call. */
    stop(): void;
    /** Ends it at once. */
    kill(): void;
    readonly [Symbol.toStringTag]: "Actor";
  }

  /** What an export takes. */
  export type Argument<Handler> = Handler extends (argument: infer A, ...rest: any[]) => any ? A : never;
  /** What an ask of an export gives. */
  export type Reply<Handler> = Handler extends (...args: any[]) => infer R ? Awaited<R> : never;

  /** This isolate, and what it knows of the call that runs. */
  export const self: {
    readonly actor: Actor;
    readonly id: string;
    /**
     * Aborts when nobody waits for the current call any longer, its deadline has passed, or it has used up its
     * CPU time.
     */
    readonly signal: AbortSignal;
  };

  /**
   * Starts a child and waits until its module has been evaluated. Rejects with
   *
   * - a `TypeError` whose `code` is a {@link LoadErrorCode} where the module, or one that it imports, cannot be had;
   * - what the module threw, whose `code` is `"start_failed"` unless the error brings one of its own, and whose stack
   *   says where;
   * - an `OperationError` of code `"start_failed"`, which says how the child ended, where it was stopped or killed;
   * - a `QuotaExceededError` of code `"limit"` where a limit was reached.
   */
  export function spawn<Handlers = Record<string, (argument: any) => any>>(
    module: string,
    options?: SpawnOptions,
  ): Promise<Actor<Handlers>>;
  export function ask<Handlers, Name extends keyof Handlers & string>(
    actor: Actor<Handlers>,
    name: Name,
    value?: Argument<Handlers[Name]>,
    options?: AskOptions,
  ): Promise<Reply<Handlers[Name]>>;
  export function tell<Handlers, Name extends keyof Handlers & string>(
    actor: Actor<Handlers>,
    name: Name,
    value?: Argument<Handlers[Name]>,
    options?: TellOptions,
  ): void;
  /**
   * Declares a class whose instances cross to other isolates as instances of the class that is registered
   * there under the same name: what `[Symbol.for("nano.serialize")]()` gives is cloned, and given to the
   * static `[Symbol.for("nano.deserialize")]`.
   *
   * What an instance is sent as is cloned by itself: an object or an instance in it that is also elsewhere in the
   * message arrives as another one there. Only the instance itself, transferred buffers and shared memory stay one.
   * So instances may hold one another, but 32 levels deep at most and in no circle, which is a `DataCloneError`: a list
   * of many is sent by an object that is sent as an array of their values.
   *
   * The class may extend Object, an error, `EventTarget` or another interface of the platform. A `TypeError` refuses
   * one that extends Array, Map, Date, Promise or another built-in with instances of a kind of their own: these are
   * cloned as what they are, or not at all, and no class is asked, whatever their prototype is set to.
   */
  export function registerClass(name: string, Class: CloneableClass): void;

  /** A class with `[Symbol.for("nano.serialize")]` and the static `[Symbol.for("nano.deserialize")]`. */
  export type CloneableClass = abstract new (...args: any[]) => object;
  export function watch(actor: Actor<any>): Promise<string>;
  export function link(actor: Actor<any>): void;
  /**
   * Gives an isolate, by default this one, a name. Throws `InvalidStateError` where the name is taken, the isolate has
   * ended or has 1,000 names, `TypeError` where the name has half of a surrogate pair or more than 1,024 bytes.
   */
  export function register(name: string, actor?: Actor<any>): void;
  export function lookup<Handlers = Record<string, (argument: any) => any>>(
    name: string,
  ): Actor<Handlers> | undefined;
}

/** What modules find in `import.meta`. */
interface ImportMeta {
  /** The module's URL. */
  url: string;
  /** Whether it is the isolate's main module. */
  main: boolean;
  /** The URL of a specifier, as an import in this module resolves it. */
  resolve(specifier: string): string;
  /** What the isolate was started with; in the main module only. */
  readonly args?: readonly string[];
}

/** As far as it can be said where `lib.dom` or @types/node, which say the rest, are not there. */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: any;
  throwIfAborted(): void;
}

/** `DOMException`, where `lib.dom` or @types/node declares it. */
type _QuotaExceededErrorBase = typeof globalThis extends { DOMException: { prototype: infer T extends Error } } ? T : Error;

/** What is thrown where a limit was reached; `lib.dom` does not have it yet. */
interface QuotaExceededError extends _QuotaExceededErrorBase {
  readonly quota: number | null;
  readonly requested: number | null;
}

interface QuotaExceededErrorOptions {
  quota?: number;
  requested?: number;
}

declare var QuotaExceededError: {
  prototype: QuotaExceededError;
  new(message?: string, options?: QuotaExceededErrorOptions): QuotaExceededError;
};
