//! The names of all native functions that internal JavaScript may call, in the order of the
//! snapshot's external references. The build script reads the names; the engine adds the functions.

/// Passes the list of ops to the macro `$then`.
macro_rules! for_each_op {
    ($then:ident) => {
        $then! {
          op_internal_require,
          op_set_hook,
          op_global_get,
          op_global_set,
          op_console_write,
          op_console_color,
          op_console_width,
          op_value_kind,
          op_inspect_proxy,
          op_inspect_promise,
          op_inspect_entries,
          op_inspect_keys,
          op_inspect_constructor_name,
          op_inspect_function,
          op_inspect_boxed,
          op_inspect_regexp,
          op_inspect_buffer,
          op_inspect_view,
          op_shared_buffer_length,
          op_shared_buffer_growable,
          op_timer_start,
          op_timer_cancel,
          op_report_exception,
          op_queue_microtask,
          op_run_microtask,
          op_structured_clone,
          op_clone_kind,
          op_performance_now,
          op_performance_time_origin,
          op_continuation_get,
          op_continuation_set,
          op_actor_spawn,
          op_actor_self,
          op_actor_ask,
          op_actor_ask_cancellable,
          op_actor_tell,
          op_actor_cancel,
          op_actor_watch,
          op_actor_link,
          op_actor_stop,
          op_actor_register,
          op_actor_lookup,
          op_actor_close,
          op_actor_id,
          op_call_settle,
          op_call_observe,
          op_platform_object_mark,
          op_aggregate_error_mark,
          op_module_settle,
          op_webassembly_is_module,
          op_webassembly_module,
          op_webassembly_instance,
          op_task_queue,
          op_message_channel,
          op_port_post,
          op_port_start,
          op_port_shut,
          op_port_forget,
          op_port_await,
          op_broadcast_join,
          op_broadcast_origin,
          op_broadcast_post,
          op_worker_url,
          op_worker_location,
          op_worker_start,
          op_worker_terminate,
          op_worker_close,
        }
    };
}

macro_rules! op_names {
  ($($name:ident),* $(,)?) => {
    /// Every op's name, in the order of the external references.
    #[allow(dead_code)] // The engine compares it with its own list in a test.
    pub const OP_NAMES: &[&str] = &[$(stringify!($name)),*];
  };
}
for_each_op!(op_names);

#[allow(unused_imports)] // The build script wants the names alone.
pub(crate) use for_each_op;
