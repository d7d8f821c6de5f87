//! What an error that nothing caught does, and how it is shown (HTML, "report an exception" and
//! "notify about rejected promises").

use super::cli::{Files, eval};

#[test]
fn an_uncaught_error_shows_its_place_line_caret_and_stack() {
    let files = Files::new(&[("a.js", "function f() {\n  null.x;\n}\nf();\n")]);
    let ran = files.nano(&["run", "a.js"]);
    ran.failed(
        1,
        "Uncaught TypeError: Cannot read properties of null (reading 'x')\n  at file://",
    );
    ran.failed(1, "a.js:2:8\n\n    null.x;\n         ^\n");
    ran.failed(1, "    at f (file://");
    assert!(!ran.err.contains('\x1b'), "{ran:?}");
}

#[test]
fn causes_and_aggregated_errors_are_shown() {
    let ran = eval("throw new Error('outer', { cause: new RangeError('inner') })");
    ran.failed(1, "Caused by: RangeError: inner");
    let ran = eval("throw new AggregateError([new TypeError('one'), 2], 'many')");
    ran.failed(1, "Uncaught AggregateError: many");
    ran.failed(1, "[error] TypeError: one");
    ran.failed(1, "[error] 2");
}

#[test]
fn colours_follow_force_color_and_no_color() {
    let run = |set: &[(&str, &str)]| {
        let files = Files::new(&[]);
        let mut command = files.command(&["eval", "throw new Error('x')"]);
        let output = command.envs(set.iter().copied()).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run(&[("FORCE_COLOR", "1")]).contains("\x1b[1;31mError"));
    assert!(run(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]).contains("\x1b[1;31mError"));
    assert!(!run(&[("FORCE_COLOR", "0")]).contains('\x1b'));
    assert!(!run(&[("NO_COLOR", "1")]).contains('\x1b'));
    assert!(!run(&[]).contains('\x1b'));
}

#[test]
fn a_syntax_error_shows_where() {
    let files = Files::new(&[("a.js", "import './b.js'"), ("b.js", "1;\nlet x = ;\n")]);
    let ran = files.nano(&["run", "a.js"]);
    ran.failed(1, "Uncaught SyntaxError: Unexpected token ';'");
    ran.failed(1, "b.js:2:9\n\n  let x = ;\n          ^");
}

#[test]
fn a_stack_overflow_shows_where_also_through_a_promise() {
    for code in [
        "let a = 1;\nfunction f() { f(); }\nf();",
        "let a = 1;\nfunction f() { f(); }\nsetTimeout(async () => f());",
    ] {
        let ran = eval(code);
        let line = "  function f() { f(); }\n";
        assert!(
            ran.err.contains("[eval]:2:1") && ran.err.contains(line),
            "{ran:?}"
        );
    }
}

#[test]
fn an_import_that_fails_shows_where_it_stands() {
    let files = Files::new(&[("a.js", "1;\nimport { x } from './gone.js';\n")]);
    let ran = files.nano(&["run", "a.js"]);
    ran.failed(1, "cannot find module 'file://");
    ran.failed(
        1,
        "a.js:2:19\n\n  import { x } from './gone.js';\n                    ^",
    );
    let files = Files::new(&[("a.js", "import { x } from './b.js';"), ("b.js", "")]);
    files
        .nano(&["run", "a.js"])
        .failed(1, "does not provide an export named 'x'");
}

#[test]
fn of_a_long_line_the_part_around_the_column_is_shown() {
    let pad = "x".repeat(100_000);
    for line in ["null.x;", "import './gone.js';"] {
        let source = format!("/*{pad}*/ {line} /*{pad}*/");
        let ran = Files::new(&[("a.js", &source)]).nano(&["run", "a.js"]);
        let mut lines = ran.err.lines().skip_while(|it| !it.contains("xx*/"));
        let (shown, mark) = (lines.next().unwrap(), lines.next().unwrap());
        assert!(shown.len() < 200, "{ran:?}");
        let marked = &shown[mark.find('^').unwrap()..];
        let expected = ["x;", "'./gone.js'"];
        assert!(expected.iter().any(|it| marked.starts_with(it)), "{ran:?}");
    }
}

#[test]
fn something_else_than_an_error_can_be_thrown() {
    eval("throw 42").failed(1, "Uncaught 42");
    eval("throw undefined").failed(1, "Uncaught undefined");
    eval("throw { a: 1 }").failed(1, "Uncaught ");
    eval("await Promise.reject(null)").failed(1, "Uncaught null");
}

#[test]
fn an_error_in_a_timer_ends_the_run_before_the_next_one() {
    let ran =
        eval("setTimeout(() => { throw new Error('t') }); setTimeout(() => console.log('b'), 1)");
    ran.failed(1, "Uncaught Error: t");
    assert_eq!(ran.out, "");
}

#[test]
fn an_unhandled_rejection_ends_the_run() {
    let ran = eval("Promise.reject(new Error('r')); setTimeout(() => console.log('never'), 1)");
    ran.failed(1, "Uncaught Error: r");
    assert_eq!(ran.out, "");
}

#[test]
fn a_rejection_that_is_handled_in_the_same_task_is_none() {
    let ran =
        eval("const p = Promise.reject(1); queueMicrotask(() => p.catch(() => console.log('ok')))");
    assert_eq!(ran.printed(), "ok\n");
}

#[test]
fn report_error_ends_the_run_after_the_task() {
    let ran = eval("reportError(new Error('told')); console.log('still here')");
    ran.failed(1, "Uncaught Error: told");
    assert_eq!(ran.out, "still here\n");
}

#[test]
fn prevent_default_on_error_keeps_the_run_alive() {
    let ran = eval(
        "addEventListener('error', (e) => { e.preventDefault(); console.log(e.message, e.lineno) });
         setTimeout(() => { throw new TypeError('x') });
         reportError(7);
         setTimeout(() => console.log('after'), 2);",
    );
    assert_eq!(
        ran.printed(),
        "Uncaught 7 3\nUncaught TypeError: x 2\nafter\n"
    );
}

#[test]
fn what_nobody_handles_is_reported_without_running_getters() {
    let noisy = "const noisy = (object) => {
           for (const key of ['name', 'message', 'stack', 'cause', 'code', 'errors', 'constructor', 'toString', 'own',
             Symbol.toStringTag, Symbol.for('nodejs.util.inspect.custom')]) {
             Object.defineProperty(object, key, { get() { console.log('ran'); }, enumerable: true });
           }
           return object;
         };";
    for thrown in [
        "noisy({})",
        "noisy(new Error('x'))",
        "new Error('x', { cause: noisy({}) })",
        "new AggregateError([noisy({}), new Error('x', { cause: noisy({}) })])",
        "Object.assign(new Error('x'), { more: [noisy({}), noisy(new Error('y'))] })",
        "Object.create(new Proxy({}, noisy(new Proxy({}, { get() { console.log('ran'); } }))))",
    ] {
        for how in [
            "reportError(VALUE)",
            "throw VALUE",
            "Promise.reject(VALUE)",
            "setTimeout(() => { throw VALUE; })",
        ] {
            let ran = eval(&format!("{noisy} {}", how.replace("VALUE", thrown)));
            ran.failed(1, "Uncaught");
            assert_eq!(ran.out, "", "{how}: {thrown}");
        }
    }
}

#[test]
fn an_error_event_without_prevent_default_still_ends_the_run() {
    let ran =
        eval("addEventListener('error', () => console.log('seen')); reportError(new Error('x'))");
    ran.failed(1, "Uncaught Error: x");
    assert_eq!(ran.out, "seen\n");
}

#[test]
fn prevent_default_on_unhandledrejection_keeps_the_run_alive() {
    let ran = eval(
        "addEventListener('unhandledrejection', (e) => { e.preventDefault(); console.log(e.reason) });
         Promise.reject('no');
         setTimeout(() => console.log('after'), 1);",
    );
    assert_eq!(ran.printed(), "no\nafter\n");
}

#[test]
fn a_rejection_that_is_handled_late_fires_rejectionhandled() {
    let ran = eval(
        "const p = Promise.reject('late');
         addEventListener('unhandledrejection', (e) => e.preventDefault());
         addEventListener('rejectionhandled', (e) => console.log('handled', e.reason));
         setTimeout(() => p.catch(() => {}), 1);",
    );
    assert_eq!(ran.printed(), "handled late\n");
}

#[test]
fn what_is_thrown_and_is_no_error_is_shown_as_console_log_shows_it() {
    for (code, shown) in [
        (
            "throw { a: 1, b: [2] }",
            "Uncaught { a: 1, b: [ 2 ] }\n  at file:",
        ),
        (
            "throw new Map([[1, 2]])",
            "Uncaught Map(1) { 1 => 2 }\n  at file:",
        ),
        ("throw [1]", "Uncaught [ 1 ]\n  at file:"),
        ("throw 42", "Uncaught 42\n  at file:"),
        (
            "throw new Proxy({}, { get() { throw 1 } })",
            "Uncaught Proxy({})\n  at file:",
        ),
        ("Promise.reject({ a: 1 })", "Uncaught { a: 1 }"),
        (
            "setTimeout(() => { throw { a: 1 } })",
            "Uncaught { a: 1 }\n  at file:",
        ),
    ] {
        eval(code).failed(1, shown);
    }
    let files = Files::new(&[
        ("main.js", "import './a.js'; import './b.js'"),
        ("a.js", ""),
        ("b.js", "import './a.js'; throw { a: 1 }"),
    ]);
    files.nano(&["run", "main.js"]).failed(1, "/b.js\n");
}

#[test]
fn an_error_of_the_main_module_fires_an_error_event_and_ends_the_run() {
    for code in [
        "throw new Error('top')",
        "await 1; throw new Error('top')",
        "await Promise.reject(new Error('top'))",
    ] {
        let ran = eval(&format!(
            "addEventListener('unhandledrejection', () => console.log('no'));
             addEventListener('error', (e) => console.log(e.message, e.lineno, e.error.message));
             {code}"
        ));
        ran.failed(1, "Uncaught Error: top\n  at file:");
        assert_eq!(ran.out, "Uncaught Error: top 3 top\n");
    }
}

#[test]
fn prevent_default_lets_a_script_go_on_without_its_module() {
    for code in ["throw 1", "await 1; throw 1"] {
        let ran = eval(&format!(
            "onerror = (message) => {{ console.log(message); return true; }};
             setTimeout(() => console.log('after'), 1);
             {code}"
        ));
        assert_eq!(ran.printed(), "Uncaught 1\nafter\n");
    }
    let ran = eval(
        "onerror = () => true; setTimeout(() => { onerror = null; throw new Error('t') }); throw 1",
    );
    ran.failed(1, "Uncaught Error: t");
}

#[test]
fn what_a_listener_throws_is_shown_beside_the_error_that_it_was_told_of() {
    for code in [
        "throw new Error('first')",
        "setTimeout(() => { throw new Error('first') })",
        "Promise.reject(new Error('first'))",
        "reportError(new Error('first'))",
    ] {
        let ran = eval(&format!(
            "const fail = () => {{ throw new RangeError('second') }};
             addEventListener('error', fail);
             addEventListener('unhandledrejection', fail);
             {code}"
        ));
        ran.failed(1, "Uncaught RangeError: second\n");
        ran.failed(1, "Uncaught Error: first\n");
        let place = |text| ran.err.find(text).unwrap();
        assert!(
            place("first") > place("second"),
            "the run ends with the first"
        );
    }
    let handled =
        "addEventListener('error', (e) => { e.preventDefault(); throw new Error('second') });";
    for code in ["reportError(1)", "throw 1"] {
        eval(&format!("{handled} {code}")).failed(1, "Uncaught Error: second\n");
    }
}

#[test]
fn properties_that_a_program_gave_an_error_are_shown() {
    let ran = eval(
        "const cause = Object.assign(new TypeError('inner'), { errno: -2 });
         throw Object.assign(new Error('outer', { cause }), { code: 'x', at: [1] })",
    );
    ran.failed(
        1,
        "^\n\n  { code: 'x', at: [ 1 ] }\n  Caused by: TypeError: inner\n",
    );
    ran.failed(1, "\n    { errno: -2 }");
    // What is said already is not said again, and nothing of the program's runs.
    let ran = eval(
        "const error = Object.assign(new Error('x'), { name: 'Mine', message: 'y' });
         Object.defineProperty(error, 'a', { enumerable: true, get() { for (;;); } });
         error[Symbol.for('nodejs.util.inspect.custom')] = error.toJSON = () => { for (;;); };
         Reflect.ownKeys = Object.defineProperty = () => { for (;;); };
         Promise.reject(error)",
    );
    ran.failed(1, "Uncaught Mine: y\n");
    ran.failed(1, "a: [Getter]");
    assert!(!ran.err.contains("\n    name: "), "{ran:?}");
    assert!(!eval("throw new Error('plain')").err.contains('{'));
}
