// The module `node:async_hooks`, for programs that do not have @types/node.

declare module "node:async_hooks" {
  export interface AsyncLocalStorageOptions<T> {
    /** What `getStore` gives where no value was entered. */
    defaultValue?: T;
    /** A name for people. */
    name?: string;
  }

  export class AsyncLocalStorage<T> {
    constructor(options?: AsyncLocalStorageOptions<T>);
    /** Binds a function to the context that is current now. */
    static bind<F extends (...args: any[]) => any>(callback: F): F;
    /** A function that runs others in the context that is current now. */
    static snapshot(): <R, A extends any[]>(callback: (...args: A) => R, ...args: A) => R;
    readonly name: string;
    getStore(): T | undefined;
    run<R, A extends any[]>(store: T, callback: (...args: A) => R, ...args: A): R;
    exit<R, A extends any[]>(callback: (...args: A) => R, ...args: A): R;
    enterWith(store: T): void;
    disable(): void;
    /** Enters a value until the scope is disposed of, as at the end of the block of a `using`. */
    withScope(store: T): RunScope;
  }

  /** What `withScope` gives. */
  export interface RunScope {
    dispose(): void;
    [Symbol.dispose](): void;
  }

  export interface AsyncResourceOptions {
    triggerAsyncId?: number;
  }

  export class AsyncResource {
    constructor(type: string, options?: number | AsyncResourceOptions);
    static bind<F extends (...args: any[]) => any>(callback: F, type?: string, thisArg?: unknown): F;
    asyncId(): number;
    triggerAsyncId(): number;
    runInAsyncScope<R, A extends any[]>(callback: (...args: A) => R, thisArg?: unknown, ...args: A): R;
    bind<F extends (...args: any[]) => any>(callback: F, thisArg?: unknown): F;
    emitDestroy(): this;
  }

  const async_hooks: {
    AsyncLocalStorage: typeof AsyncLocalStorage;
    AsyncResource: typeof AsyncResource;
  };
  export default async_hooks;
}
