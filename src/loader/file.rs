//! Modules from files and `data:` URLs.

use std::path::Path;

use super::{Fetched, LoadError, ModuleType, ResolveAndLoad, Source};
use url::Url;

/// Loads modules from files.
#[derive(Debug, Default)]
pub struct FileLoader {}

fn error(message: String) -> LoadError {
  LoadError { message }
}

impl ResolveAndLoad for FileLoader {
  fn resolve(&self, specifier: &str, referrer: &str) -> Result<String, LoadError> {
    if let Ok(url) = Url::parse(specifier) {
      return Ok(url.into());
    }
    if !["./", "../", "/"].iter().any(|start| specifier.starts_with(start)) {
      return Err(error(format!(
        "bare specifier '{specifier}' imported from {referrer}: the file loader resolves it only through an import map"
      )));
    }
    let base = Url::parse(referrer).ok().filter(|url| !url.cannot_be_a_base());
    let base = match base {
      Some(base) => base,
      None => {
        let here = std::env::current_dir().map_err(|why| error(format!("no working directory: {why}")))?;
        Url::from_directory_path(here).map_err(|()| error("the working directory has no URL".into()))?
      }
    };
    base.join(specifier).map(Into::into).map_err(|why| error(format!("'{specifier}' imported from {referrer}: {why}")))
  }

  fn load(&self, url: &str, _: ModuleType) -> Fetched {
    let path = match Url::parse(url).ok().filter(|url| url.scheme() == "file").and_then(|url| url.to_file_path().ok()) {
      Some(path) => path,
      None => return Fetched::Now(Err(error(format!("{url}: the file loader reads only file: URLs")))),
    };
    let url = url.to_owned();
    Fetched::Later(Box::pin(async move {
      let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(path)).await;
      match read {
        Ok(Ok(text)) => Ok(Source::new(text)),
        Ok(Err(why)) => Err(error(format!("{url}: {why}"))),
        Err(why) => Err(error(format!("{url}: {why}"))),
      }
    }))
  }

  fn file_url(&self, path: &Path) -> Result<String, LoadError> {
    let absolute = std::path::absolute(path).map_err(|why| error(format!("{}: {why}", path.display())))?;
    Url::from_file_path(&absolute).map(Into::into).map_err(|()| error(format!("{}: no URL for this path", path.display())))
  }
}
