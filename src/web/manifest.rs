//! What the global object holds, and which internal file provides it. Read by the build script, which
//! puts a lazy property into the snapshot for each entry, and by the engine, which runs the file when
//! the property is first read.

/// How a property of the global object is defined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An interface or namespace (WebIDL 3.7.1): a data property that is not enumerable.
    Interface,
    /// An operation: an enumerable data property.
    Operation,
    /// An attribute: an accessor. The file exports its property descriptor.
    Attribute,
    /// A property of the global object's prototype, like an interface otherwise.
    Scope,
    /// A static method of `Promise`, which is put in the place of V8's own.
    PromiseStatic,
    /// A function of V8's `WebAssembly`, which is put in the place of V8's own once V8 has installed it.
    WebAssembly,
    /// An attribute of the global object's prototype, which is where WebIDL has those of `WorkerGlobalScope`.
    ScopeAttribute,
    /// The same without a setter.
    ScopeReadonly,
}

/// One property of the global object.
pub struct GlobalProperty {
    /// The property's name.
    pub name: &'static str,
    /// The internal file that provides it, relative to `src/web`, without `.js`.
    #[allow(dead_code)] // The build script wants the names and kinds alone.
    pub file: &'static str,
    /// How it is defined.
    pub kind: Kind,
}

const fn interface(name: &'static str, file: &'static str) -> GlobalProperty {
    GlobalProperty {
        name,
        file,
        kind: Kind::Interface,
    }
}

const fn operation(name: &'static str, file: &'static str) -> GlobalProperty {
    GlobalProperty {
        name,
        file,
        kind: Kind::Operation,
    }
}

const fn attribute(name: &'static str, file: &'static str) -> GlobalProperty {
    GlobalProperty {
        name,
        file,
        kind: Kind::Attribute,
    }
}

const fn scope_attribute(name: &'static str, file: &'static str) -> GlobalProperty {
    GlobalProperty {
        name,
        file,
        kind: Kind::ScopeAttribute,
    }
}

const fn scope_readonly(name: &'static str, file: &'static str) -> GlobalProperty {
    GlobalProperty {
        name,
        file,
        kind: Kind::ScopeReadonly,
    }
}

/// The lazy properties of the global object. The file's export of the same name is the value.
pub const GLOBALS: &[GlobalProperty] = &[
    // V8's own. What makes an AggregateError is lazy so that structured clone looks for them only in
    // programs that may have one.
    interface("AggregateError", "clone/aggregate_error"),
    GlobalProperty {
        name: "any",
        file: "clone/aggregate_error",
        kind: Kind::PromiseStatic,
    },
    interface("console", "console/console"),
    interface("DOMException", "dom/dom_exception"),
    interface("QuotaExceededError", "dom/quota_exceeded_error"),
    interface("Event", "events/event"),
    interface("EventTarget", "events/global_scope"),
    interface("WorkerGlobalScope", "events/global_scope"),
    GlobalProperty {
        name: "constructor",
        file: "events/global_scope",
        kind: Kind::Scope,
    },
    interface("CustomEvent", "events/custom_event"),
    interface("ErrorEvent", "events/error_event"),
    interface("MessageEvent", "events/message_event"),
    interface("PromiseRejectionEvent", "events/promise_rejection_event"),
    interface("AbortController", "events/abort_controller"),
    interface("AbortSignal", "events/abort_signal"),
    interface("MessageChannel", "messaging/message_channel"),
    interface("MessagePort", "messaging/message_port"),
    interface("BroadcastChannel", "messaging/broadcast_channel"),
    interface("Worker", "worker/worker"),
    interface("Performance", "performance/performance"),
    interface("PerformanceEntry", "performance/performance_entry"),
    interface("PerformanceMark", "performance/performance_mark"),
    interface("PerformanceMeasure", "performance/performance_measure"),
    interface("PerformanceObserver", "performance/performance_observer"),
    interface(
        "PerformanceObserverEntryList",
        "performance/performance_observer_entry_list",
    ),
    interface("WorkerNavigator", "navigator/navigator"),
    interface("Crypto", "crypto/crypto"),
    interface("Headers", "fetch/headers"),
    interface("Request", "fetch/request"),
    interface("Response", "fetch/response"),
    interface("URL", "url/url"),
    interface("URLSearchParams", "url/url_search_params"),
    interface("ProgressEvent", "events/progress_event"),
    interface("Blob", "file/blob"),
    interface("File", "file/file"),
    interface("FileList", "file/file_list"),
    interface("FileReader", "file/file_reader"),
    interface("FileReaderSync", "file/file_reader_sync"),
    interface("FormData", "xhr/form_data"),
    interface("ReadableStream", "streams/readable_stream"),
    interface(
        "ReadableStreamDefaultReader",
        "streams/readable_stream_default_reader",
    ),
    interface(
        "ReadableStreamBYOBReader",
        "streams/readable_stream_byob_reader",
    ),
    interface(
        "ReadableStreamDefaultController",
        "streams/readable_stream_default_controller",
    ),
    interface(
        "ReadableByteStreamController",
        "streams/readable_byte_stream_controller",
    ),
    interface(
        "ReadableStreamBYOBRequest",
        "streams/readable_stream_byob_request",
    ),
    interface("WritableStream", "streams/writable_stream"),
    interface(
        "WritableStreamDefaultWriter",
        "streams/writable_stream_default_writer",
    ),
    interface(
        "WritableStreamDefaultController",
        "streams/writable_stream_default_controller",
    ),
    interface("TransformStream", "streams/transform_stream"),
    interface(
        "TransformStreamDefaultController",
        "streams/transform_stream_default_controller",
    ),
    interface(
        "ByteLengthQueuingStrategy",
        "streams/byte_length_queuing_strategy",
    ),
    interface("CountQueuingStrategy", "streams/count_queuing_strategy"),
    interface("URLPattern", "url/url_pattern"),
    operation("addEventListener", "events/global_scope"),
    operation("removeEventListener", "events/global_scope"),
    operation("dispatchEvent", "events/global_scope"),
    operation("setTimeout", "timers/timers"),
    operation("setInterval", "timers/timers"),
    operation("clearTimeout", "timers/timers"),
    operation("clearInterval", "timers/timers"),
    operation("queueMicrotask", "timers/queue_microtask"),
    operation("reportError", "error/report_error"),
    operation("structuredClone", "clone/structured_clone"),
    attribute("onerror", "events/global_scope"),
    attribute("onunhandledrejection", "events/global_scope"),
    attribute("onrejectionhandled", "events/global_scope"),
    scope_attribute("onlanguagechange", "events/global_scope"),
    scope_attribute("onoffline", "events/global_scope"),
    scope_attribute("ononline", "events/global_scope"),
    scope_attribute("performance", "performance/performance"),
    scope_attribute("origin", "scope/security"),
    scope_readonly("isSecureContext", "scope/security"),
    scope_readonly("crossOriginIsolated", "scope/security"),
    scope_readonly("navigator", "navigator/navigator"),
    scope_readonly("crypto", "crypto/crypto"),
    interface("TextDecoder", "encoding/text_decoder"),
    interface("TextDecoderStream", "encoding/text_decoder_stream"),
    interface("TextEncoder", "encoding/text_encoder"),
    interface("TextEncoderStream", "encoding/text_encoder_stream"),
    interface("CompressionStream", "compression/compression_stream"),
    interface("DecompressionStream", "compression/decompression_stream"),
    operation("atob", "encoding/base64"),
    operation("btoa", "encoding/base64"),
    GlobalProperty {
        name: "compile",
        file: "webassembly/namespace",
        kind: Kind::WebAssembly,
    },
    GlobalProperty {
        name: "instantiate",
        file: "webassembly/namespace",
        kind: Kind::WebAssembly,
    },
    GlobalProperty {
        name: "compileStreaming",
        file: "webassembly/streaming",
        kind: Kind::WebAssembly,
    },
    GlobalProperty {
        name: "instantiateStreaming",
        file: "webassembly/streaming",
        kind: Kind::WebAssembly,
    },
];
