//! A loader that panics, in whatever it is asked, fails the import and nothing else.

use nano::{ActorSpec, Fetched, LoadError, Loader, ModuleType, Runtime};

/// Panics where a specifier or a URL says so.
struct Panicking;

impl Loader for Panicking {
    fn name(&self) -> &str {
        "panicking"
    }

    fn resolve(&self, specifier: &str, _: &str) -> Result<String, LoadError> {
        assert_ne!(specifier, "mem:resolve", "on purpose");
        Ok(specifier.to_owned())
    }

    fn load(&self, url: &str, _: ModuleType) -> Fetched {
        assert_ne!(url, "mem:load", "on purpose");
        Fetched::Later(Box::pin(async { panic!("on purpose") }))
    }
}

#[test]
fn a_loader_that_panics_fails_the_import_alone() {
    let runtime = Runtime::builder()
        .isolate_threads(1)
        .loader(Panicking)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let source = "
            const told = (error) => [error.name, error.code];
            export const load = (url) => import(url).catch(told);
            export const resolve = () => {
                try { return import.meta.resolve('mem:resolve') } catch (error) { return error.message }
            };";
        let spec = ActorSpec::module("mem:main", source);
        let actor = runtime.spawn(spec).await.expect("starts");
        let panicked = ("TypeError".to_owned(), "loader_panicked".to_owned());
        for url in ["mem:resolve", "mem:load", "mem:later"] {
            let told: (String, String) = actor.ask("load", &url).await.unwrap();
            assert_eq!(told, panicked, "{url}");
        }
        let told: String = actor.ask("resolve", &()).await.unwrap();
        assert!(told.contains("panicked"), "{told}");
        let spec = ActorSpec::module("mem:other", "import 'mem:later'");
        runtime.spawn(spec).await.expect_err("its import fails");
        assert!(actor.is_alive());
    });
}
