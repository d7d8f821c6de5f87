//! ES modules: where they come from, in which order they run, how they fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nano::{
    ActorSpec, AskError, ExitReason, Fetched, FileLoader, LimitKind, Limits, LoadError, Loader,
    MemoryLoader, ModuleType, Runtime, Source, SpawnError,
};

use super::cli::{Files, eval};

fn run(files: &[(&str, &str)]) -> String {
    Files::new(files).nano(&["run", "main.js"]).printed()
}

#[test]
fn files_are_imported_by_relative_absolute_and_file_url() {
    let files = Files::new(&[(
        "lib/b c.js",
        "export default import.meta.url.split('/').at(-1)",
    )]);
    let main = "import a from './lib/b%20c.js'; import b from './lib/../lib/b c.js';
        const url = import.meta.resolve('./lib/b%20c.js');
        const c = await import(url); const d = await import(new URL_(url).path);
        console.log(a, b, c.default, d.default);
        function URL_(url) { this.path = url.slice('file://'.length) }";
    files.write("main.js", main.as_bytes());
    let name = "b%20c.js";
    assert_eq!(
        files.nano(&["run", "main.js"]).printed(),
        format!("{name} {name} {name} {name}\n")
    );
}

#[test]
fn a_module_that_is_imported_twice_runs_once() {
    let out = run(&[
        (
            "main.js",
            "import './a.js'; import './b.js'; await import('./a.js'); console.log('main')",
        ),
        ("a.js", "console.log('a')"),
        ("b.js", "import './a.js'; console.log('b')"),
    ]);
    assert_eq!(out, "a\nb\nmain\n");
}

#[test]
fn cycles_link_and_functions_are_hoisted() {
    let out = run(&[
        (
            "main.js",
            "import { b } from './b.js'; export function a() { return 'a' } console.log(b())",
        ),
        (
            "b.js",
            "import { a } from './main.js'; export const b = () => a() + 'b'; console.log(a())",
        ),
    ]);
    assert_eq!(out, "a\nab\n");
}

#[test]
fn an_importer_waits_for_top_level_await() {
    let out = run(&[
        (
            "main.js",
            "import { x } from './a.js'; console.log('main', x)",
        ),
        (
            "a.js",
            "export let x = 1; x = await new Promise((done) => setTimeout(done, 2, 'late'))",
        ),
    ]);
    assert_eq!(out, "main late\n");
}

#[test]
fn a_dynamic_import_never_runs_before_the_importing_code_returns() {
    let code = "import('data:text/javascript,console.log(1)'); console.log(0);
        await import('nano:actor'); console.log(2)";
    assert_eq!(eval(code).printed(), "0\n1\n2\n");
}

#[test]
fn data_urls_carry_javascript_json_and_text() {
    let code = r#"import one from "data:text/javascript;base64,ZXhwb3J0IGRlZmF1bHQgMQ==";
        import two from "data:application/json,[2]" with { type: "json" };
        import three from "data:,three%20words" with { type: "text" };
        console.log(one, two[0], three)"#;
    assert_eq!(eval(code).printed(), "1 2 three words\n");
    eval("import 'data:image/png,x'").failed(1, "'image/png' is no type of a module");
    eval("import 'data:text/javascript,import \"./a.js\"'").failed(1, "nothing is relative to");
}

#[test]
fn json_needs_its_attribute_and_javascript_bears_none() {
    let files = Files::new(&[("a.json", "\u{feff}{\"x\": [1]}"), ("b.js", "")]);
    let eval = |code: &str| files.nano(&["eval", code]);
    let code = "import a from './a.json' with { type: 'json' }; console.log(a.x[0])";
    assert_eq!(eval(code).printed(), "1\n");
    let ran = eval("import './a.json'");
    ran.failed(1, "Uncaught TypeError: module '");
    ran.failed(1, "import it with { type: \"json\" }");
    eval("import './b.js' with { type: 'json' }").failed(1, "import it without");
    eval("import './b.js' with { type: 'css' }").failed(1, "is none of json, text, bytes");
    eval("import 'nano:actor' with { type: 'json' }").failed(1, "import it without");
    eval("import './b.js' with { kind: 'x' }").failed(1, "import attribute 'kind'");
}

#[test]
fn malformed_json_is_a_syntax_error_with_its_place_and_the_importers() {
    let files = Files::new(&[
        ("a.json", "{\n  \"x\": 1,\n  y\n}"),
        (
            "main.js",
            "const x = 1;\nimport './a.json' with { type: 'json' }",
        ),
    ]);
    let ran = files.nano(&["run", "main.js"]);
    ran.failed(1, "Uncaught SyntaxError: ");
    ran.failed(1, "a.json:3:3\n\n    y\n    ^");
    ran.failed(1, "main.js:2:8");
    let code = "const at = (e) => [e.name, e instanceof SyntaxError, ...e.stack.match(/[a-z]+\\.js[on]*:\\d+:\\d+/g)].join(' ');
        await import('./a.json', { with: { type: 'json' } }).catch((e) => console.log(at(e), e.stack.includes('[eval]')));
        await import('./main.js').catch((e) => console.log(at(e)))";
    assert_eq!(
        files.nano(&["eval", code]).printed(),
        "SyntaxError true a.json:3:3 true\nSyntaxError true a.json:3:3 main.js:2:8\n"
    );
}

#[test]
fn what_is_wrong_with_a_module_says_where_to_whoever_catches_it() {
    let out = run(&[
        ("syntax.js", "let x = ;"),
        ("missing.js", "\nimport { nope } from './empty.js'"),
        ("empty.js", ""),
        (
            "main.js",
            "for (const file of ['syntax', 'missing', 'missing']) {
               await import(`./${file}.js`).catch((error) => {
                 const [what, first] = error.stack.split('\\n');
                 console.log(what.split(':')[0], first.split('/').at(-1));
               });
             }",
        ),
    ]);
    let missing = "SyntaxError missing.js:2:10\n";
    assert_eq!(
        out,
        format!("SyntaxError syntax.js:1:9\n{missing}{missing}")
    );
}

#[test]
fn bytes_modules_are_exact_and_javascript_must_be_utf8() {
    let files = Files::new(&[]);
    files.write("raw", &[0, 255, 128]);
    let code = "import raw from './raw' with { type: 'bytes' }; console.log(raw.join())";
    assert_eq!(files.nano(&["eval", code]).printed(), "0,255,128\n");
    let ran = files.nano(&["eval", "import './raw'"]);
    ran.failed(1, "is not valid UTF-8 (first at byte 1)");
}

#[test]
fn a_file_that_cannot_be_had_is_named_with_its_code() {
    let files = Files::new(&[("dir/a.js", "")]);
    let code = "for (const at of ['./gone.js', './dir', 'bare', 'https://x.test/', './dir/a.js/b'])
        await import(at).catch((e) => console.log(e instanceof TypeError, e.code))";
    let out = files.nano(&["eval", code]).printed();
    let codes = [
        "module_not_found",
        "module_unreadable",
        "bare_specifier",
        "unsupported_scheme",
        "module_not_found",
    ];
    assert_eq!(out, codes.map(|code| format!("true {code}\n")).concat());
}

#[test]
fn import_meta_resolve_gives_urls_and_throws_on_bare_specifiers() {
    let code = "console.log(import.meta.resolve('./x.js').endsWith('/x.js'));
        try { import.meta.resolve('bare') } catch (e) { console.log(e.name) }";
    assert_eq!(eval(code).printed(), "true\nTypeError\n");
}

/// Finds `flaky.js` from the second time on.
struct Flaky(AtomicU32);

impl Loader for Flaky {
    fn name(&self) -> &str {
        "flaky"
    }

    fn load(&self, url: &str, _: ModuleType) -> Fetched {
        let first = url.ends_with("flaky.js") && self.0.fetch_add(1, Ordering::Relaxed) == 0;
        Fetched::Now(match url {
            _ if first => Err(LoadError::Other("not yet".into())),
            "test:///middle.js" => Ok(Source::new("import './flaky.js'")),
            _ => Ok(Source::new("")),
        })
    }
}

#[test]
fn an_import_that_failed_can_be_tried_again_also_deeper_in_the_graph() {
    let runtime = Runtime::builder()
        .loader(Flaky(AtomicU32::new(0)))
        .build()
        .unwrap();
    let code = "const attempt = () => import('./middle.js').then(() => 'came', (e) => e.message);
        export const attempts = async () => [await attempt(), await attempt()];";
    let attempts: Vec<String> = runtime.block_on(async {
        let actor = runtime
            .spawn(ActorSpec::module("test:///main.js", code))
            .await
            .unwrap();
        actor.ask("attempts", &()).await.unwrap()
    });
    assert_eq!(
        attempts,
        ["not yet (imported at test:///middle.js:1:8)", "came"]
    );
}

#[test]
fn imports_that_fail_together_all_fail_and_a_later_one_is_tried_anew() {
    let files = Files::new(&[
        ("a.js", "import './gone.js'"),
        ("b.js", "import './gone.js'"),
        ("c.js", "import './a.js'"),
    ]);
    let code = "const names = ['./a.js', './b.js', './gone.js', './c.js'];
        const all = () => Promise.allSettled(names.map((name) => import(name)));
        for (let i = 0; i < 2; i++) console.log((await all()).map((one) => one.status).join())";
    let line = "rejected,rejected,rejected,rejected\n";
    assert_eq!(files.nano(&["eval", code]).printed(), line.repeat(2));
}

#[test]
fn a_runtime_has_its_modules_from_memory_and_through_a_map() {
    let loader = MemoryLoader::new()
        .with(
            "app/main.js",
            "import data from 'data' with { type: 'json' }; export const get = () => data.n",
        )
        .with("data.json", r#"{"n": 7}"#);
    let map = r#"{"imports": {"data": "./data.json"}}"#;
    let builder = Runtime::builder()
        .loader(loader)
        .import_map(map, "memory:///map.json")
        .unwrap();
    let runtime = builder.build().unwrap();
    runtime.block_on(async {
        let actor = runtime.spawn(ActorSpec::file("app/main.js")).await.unwrap();
        assert_eq!(actor.ask::<u32>("get", &()).await.unwrap(), 7);
        // Whatever a module without a file is called.
        let source = "import data from 'data' with { type: 'json' };
            import { spawn } from 'nano:actor';
            export const get = () => data.n;
            export const child = async (name) => {
                const source = `import data from 'data' with { type: 'json' }; export const get = () => data.n + 1;`;
                return (await spawn(name, { source })).ask('get');
            };";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        assert_eq!(actor.ask::<u32>("get", &()).await.unwrap(), 7);
        for name in ["worker", "./worker.js", "nano:worker", ""] {
            assert_eq!(actor.ask::<u32>("child", &name).await.unwrap(), 8, "{name}");
        }
    });
}

#[test]
fn a_module_without_a_file_is_mapped_as_one_in_the_working_directory() {
    let map = r#"{
        "imports": {"./nowhere.js": "data:text/javascript,export default 'mapped'"},
        "scopes": {"./": {"only": "data:text/javascript,export default 'in scope'"}}
    }"#;
    let here = std::env::current_dir().unwrap();
    let runtime = Runtime::builder()
        .import_map(map, &format!("file://{}/map.json", here.display()))
        .unwrap()
        .build()
        .unwrap();
    let source = "import mapped from './nowhere.js'; import scoped from 'only';
        export const found = async () => [mapped, scoped, (await import('./nowhere.js')).default];";
    runtime.block_on(async {
        for spec in [
            ActorSpec::source(source),
            ActorSpec::module("app:main", source),
        ] {
            let actor = runtime.spawn(spec).await.unwrap();
            let found: Vec<String> = actor.ask("found", &()).await.unwrap();
            assert_eq!(found, ["mapped", "in scope", "mapped"]);
        }
    });
}

#[test]
fn a_spawn_whose_module_is_missing_says_so_by_type() {
    let runtime = Runtime::builder()
        .loader(MemoryLoader::new())
        .build()
        .unwrap();
    let error = runtime
        .block_on(runtime.spawn(ActorSpec::file("gone.js")))
        .unwrap_err();
    let SpawnError::Start(ExitReason::StartFailed(error)) = error else {
        panic!("{error}")
    };
    assert_eq!(error.code.as_deref(), Some("module_not_found"));
    assert!(
        Runtime::builder()
            .import_map("nonsense", "file:///m.json")
            .is_err()
    );
}

#[test]
fn an_endless_file_is_refused_and_the_script_itself_may_come_from_a_pipe() {
    let code = "for (const at of ['/dev/zero', './pipe'])
        await import(at).catch((e) => console.log(e.code, e.message.includes(\"only regular files\")))";
    let files = Files::new(&[("main.js", "console.log('file')")]);
    let made = files.shell("mkfifo pipe").status().unwrap();
    assert!(made.success());
    let out = files.nano(&["eval", code]).printed();
    assert_eq!(out, "module_not_a_file true\n".repeat(2));
    files.nano(&["run", "/dev/zero"]).failed(1, "/dev/zero: ");
    let nano = env!("CARGO_BIN_EXE_nano");
    let piped = format!("cat main.js | {nano} run /dev/stdin");
    let output = files.shell(&piped).output().unwrap();
    assert_eq!(output.stdout, b"file\n", "{output:?}");
}

#[test]
fn a_file_larger_than_the_loader_reads_is_refused() {
    let files = Files::new(&[("large.js", &" ".repeat(2_000))]);
    let runtime = Runtime::builder()
        .loader(FileLoader::new().max_bytes(1_000))
        .build()
        .unwrap();
    let spawned = runtime.block_on(runtime.spawn(ActorSpec::file(files.path("large.js"))));
    let Err(SpawnError::Start(ExitReason::StartFailed(error))) = spawned else {
        panic!("{spawned:?}")
    };
    assert_eq!(error.code.as_deref(), Some("module_too_large"), "{error:?}");
    assert!(error.message.contains("2000 bytes"), "{error:?}");
}

/// Never finds `wait:` URLs, and counts how many are asked for at a time.
#[derive(Clone, Default)]
struct Stuck(Arc<AtomicU32>);

impl Loader for Stuck {
    fn name(&self) -> &str {
        "stuck"
    }

    fn load(&self, url: &str, _: ModuleType) -> Fetched {
        if !url.starts_with("wait:") {
            return Fetched::Now(Ok(Source::new("export default 1")));
        }
        let count = self.0.clone();
        Fetched::Later(Box::pin(async move {
            count.fetch_add(1, Ordering::Relaxed);
            let _leaves = Leaves(count);
            std::future::pending().await
        }))
    }
}

struct Leaves(Arc<AtomicU32>);

impl Drop for Leaves {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn one_isolate_loads_few_modules_at_a_time_and_gives_them_up_when_it_ends() {
    let stuck = Stuck::default();
    let runtime = Runtime::builder().loader(stuck.clone()).build().unwrap();
    runtime.block_on(async {
        let source = "export const go = () => {
            for (let i = 0; i < 700; i++) import('wait:' + i).catch(() => {});
        }";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        actor.ask::<()>("go", &()).await.unwrap();
        let begun = || stuck.0.load(Ordering::Relaxed);
        while begun() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(begun() <= 16, "{}", begun());
        actor.kill();
        actor.wait().await;
        while begun() > 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn imports_that_calls_have_given_up_make_room_for_others() {
    struct Slow(Stuck);
    impl Loader for Slow {
        fn name(&self) -> &str {
            "slow"
        }
        fn resolve(&self, specifier: &str, _: &str) -> Result<String, LoadError> {
            Ok(specifier.to_owned())
        }
        fn load(&self, url: &str, kind: ModuleType) -> Fetched {
            match url.starts_with("wait:") {
                true => self.0.load(url, kind),
                false => Fetched::Later(Box::pin(async { Ok(Source::new("export default 'x'")) })),
            }
        }
    }
    let stuck = Stuck::default();
    let loader = Slow(stuck.clone());
    let runtime = Runtime::builder().loader(loader).build().unwrap();
    runtime.block_on(async {
        let source = "
            let failed = 0;
            export const load = async (url) => (await import(url)).default;
            export const keep = (url) => import(url).catch((error) => { failed++; throw error });
            export const failures = () => failed;";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        let ms = Duration::from_millis;
        let kept = tokio::spawn(actor.ask::<()>("load", &"wait:kept").into_future());
        for i in 0..15 {
            let url = format!("wait:{i}");
            let late = actor.ask::<()>("keep", &url).timeout(ms(20)).await;
            assert!(matches!(late, Err(AskError::Timeout { .. })), "{late:?}");
        }
        assert_eq!(stuck.0.load(Ordering::Relaxed), 16);
        // There was room for them, and they might have come.
        assert_eq!(actor.ask::<u32>("failures", &()).await, Ok(0));
        for i in 0..3 {
            let url = format!("mem:{i}");
            let asked = actor.ask::<String>("load", &url).timeout(ms(5_000));
            assert_eq!(asked.await.as_deref(), Ok("x"));
        }
        let failed = actor.ask::<u32>("failures", &()).await.unwrap();
        assert!((1..=3).contains(&failed), "{failed}");
        assert!(!kept.is_finished(), "somebody waits for it");
        // One that is waited for and more than there are places: who gives up makes room as well.
        let waits = (0..20).map(|i| {
            let url = format!("wait:more{i}");
            tokio::spawn(actor.ask::<()>("load", &url).timeout(ms(50)).into_future())
        });
        for wait in waits.collect::<Vec<_>>() {
            wait.await.unwrap().unwrap_err();
        }
        let asked = actor.ask::<String>("load", &"mem:last").timeout(ms(5_000));
        assert_eq!(asked.await.as_deref(), Ok("x"));
        kept.abort();
    });
}

#[test]
fn a_path_with_dots_names_the_module_that_an_import_names() {
    let files = Files::new(&[
        (
            "a/main.js",
            "import './dep.js'; console.log('main', import.meta.main)",
        ),
        ("a/dep.js", "import './main.js'; console.log('dep')"),
    ]);
    let ran = files.nano(&["run", "a/../nope/../a/main.js"]);
    assert_eq!(ran.printed(), "dep\nmain true\n");
}

/// `main` imports so many modules, each of which lies elsewhere and exports a number.
struct Flat(usize);

impl Loader for Flat {
    fn name(&self) -> &str {
        "flat"
    }

    fn load(&self, url: &str, _: ModuleType) -> Fetched {
        let source = match url {
            "flat:/main" => (0..self.0).map(|i| format!("import '/{i}';")).collect(),
            _ => "export default 1".to_owned(),
        };
        Fetched::Later(Box::pin(async move { Ok(Source::new(source)) }))
    }
}

#[test]
fn loading_costs_what_there_is_to_load() {
    let runtime = Runtime::builder().loader(Flat(4_000)).build().unwrap();
    runtime.block_on(async {
        let spec = || ActorSpec::url("flat:/main");
        let unlimited = Limits::unlimited_root();
        let actor = runtime.spawn(spec().limits(unlimited)).await.unwrap();
        let used = actor.last_stats().cpu;
        assert!(used < Duration::from_secs(3), "{used:?}");
    });
}

#[test]
fn loading_counts_against_the_limit_of_cpu_time() {
    let runtime = Runtime::builder().loader(Flat(8_000)).build().unwrap();
    runtime.block_on(async {
        let limits = Limits::default().with_cpu_ms_per_call(20);
        let spec = ActorSpec::url("flat:/main").limits(limits);
        let spawned = runtime.spawn(spec).await;
        let Err(SpawnError::Start(ExitReason::Limit(exceeded))) = spawned else {
            panic!("{spawned:?}")
        };
        assert_eq!(exceeded.limit, LimitKind::Cpu);
        // An import that a call makes is charged to the call, which fails alone between two turns.
        let source = "export const go = async () => { await import('flat:/main') };";
        let spec = ActorSpec::source(source).limits(limits);
        let actor = runtime.spawn(spec).await.unwrap();
        let asked = actor.ask::<()>("go", &()).await;
        match asked {
            Err(AskError::Limit(exceeded) | AskError::Unknown(ExitReason::Limit(exceeded))) => {
                assert_eq!(exceeded.limit, LimitKind::Cpu);
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_long_chain_of_imports_ends_with_an_error() {
    let mut loader = MemoryLoader::new();
    for i in 0..16_000 {
        loader = loader.with(&format!("{i}.js"), format!("import './{}.js'", i + 1));
    }
    let runtime = Runtime::builder()
        .loader(loader.with("16000.js", ""))
        .build()
        .unwrap();
    let spec = ActorSpec::file("0.js").limits(Limits::unlimited_root());
    let spawned = runtime.block_on(runtime.spawn(spec));
    let Err(SpawnError::Start(ExitReason::StartFailed(error))) = spawned else {
        panic!("{spawned:?}")
    };
    assert_eq!(error.name, "RangeError", "{error:?}");
    assert_eq!(error.code.as_deref(), Some("imports_too_deep"), "{error:?}");
    assert!(error.file.is_some_and(|file| file.ends_with("0.js")));
    let told = error.message;
    assert!(
        told.contains("16000 deep") && told.contains("16000.js"),
        "{told}"
    );
    assert!(told.contains("Limits::stack_bytes"), "{told}");
}

#[test]
fn graphs_that_share_modules_and_fail_in_part_are_loaded_side_by_side() {
    let files = Files::new(&[
        ("a.js", "import './shared.js'; import './gone.js'"),
        (
            "b.js",
            "import './shared.js'; import './c.js'; export default 'b'",
        ),
        (
            "c.js",
            "import './b.js'; import './d.json' with { type: 'json' }",
        ),
        ("d.json", "[]"),
        ("shared.js", "import './deep.js'; console.log('shared')"),
        ("deep.js", "console.log('deep')"),
    ]);
    let code = "const all = await Promise.allSettled(['./a.js', './b.js', './a.js', './c.js'].map((at) => import(at)));
        console.log(all.map((one) => one.status[0]).join());
        console.log((await import('./b.js')).default)";
    let out = files.nano(&["eval", code]).printed();
    assert_eq!(out, "deep\nshared\nr,f,r,f\nb\n");
}

#[test]
fn a_url_with_an_encoded_separator_names_no_file() {
    let code = "for (const name of ['./a%2f..%2fb.js', './%2E%2E%2Fb.js', './b.js?%2F', './b.js#%2F'])
          try { await import(name); console.log('there') } catch (e) { console.log(e.name, e.code) }";
    let out = run(&[("main.js", code), ("b.js", ""), ("a/b.js", "")]);
    let refused = "TypeError encoded_separator\n";
    assert_eq!(out, format!("{refused}{refused}there\nthere\n"));
}
