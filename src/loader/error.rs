//! Why a module could not be had, and what to do about it.

use std::path::PathBuf;

use nano_proto::JsError;
use thiserror::Error;

use super::ModuleType;

/// Why a module could not be had. Each message says what to do; JavaScript sees a `TypeError` with
/// the same message and [`code`](Self::code).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Nothing is there.
    #[error("cannot find module '{url}': check the path and its ending, which is never guessed")]
    NotFound {
        /// Where it was looked for.
        url: String,
    },
    /// Something is there and cannot be read.
    #[error("cannot read module '{url}': {why}")]
    Unreadable {
        /// What was to be read.
        url: String,
        /// What the system says.
        why: String,
    },
    /// The loader panicked.
    #[error("cannot load module '{url}': its loader panicked: {why}")]
    Panicked {
        /// What was to be resolved or loaded.
        url: String,
        /// What the loader said.
        why: String,
    },
    /// What is there is a pipe or a device, whose end nobody knows.
    #[error("cannot load module '{url}': it is {found}; only regular files are read")]
    NotAFile {
        /// What was to be read.
        url: String,
        /// What it is.
        found: &'static str,
    },
    /// The call that imports it was taken back or reached a limit, and others wait for a place among those that load.
    #[error(
        "module '{url}' was given up: it had not come when the call that imports it ended, and others wait to be \
         loaded; import it again"
    )]
    GivenUp {
        /// The module.
        url: String,
    },
    /// The source is larger than its loader reads.
    #[error(
        "module '{url}' {}, and the loader reads {most} at most: raise FileLoader::max_bytes",
        size(*.bytes)
    )]
    TooLarge {
        /// The module.
        url: String,
        /// Its size, where that is known.
        bytes: Option<u64>,
        /// What it may have.
        most: u64,
    },
    /// The source is no UTF-8.
    #[error(
        "module '{url}' is not valid UTF-8 (first at byte {offset}): save it as UTF-8, or import it \
         with {{ type: \"bytes\" }}"
    )]
    NotUtf8 {
        /// The module.
        url: String,
        /// The first byte that is none.
        offset: usize,
    },
    /// A bare specifier that no import map maps.
    #[error(
        "bare specifier '{specifier}' imported from '{referrer}': the {loader} loader resolves only \
         URLs and specifiers that begin with '/', './' or '../'; map it with an import map \
         (--import-map FILE, or RuntimeBuilder::import_map)"
    )]
    Bare {
        /// As the import has it.
        specifier: String,
        /// The importing module.
        referrer: String,
        /// The loader's name.
        loader: String,
    },
    /// A URL of a scheme that the loader knows nothing of.
    #[error("cannot load '{url}': the {loader} loader knows no '{scheme}:' URLs, only {known}")]
    UnsupportedScheme {
        /// The URL.
        url: String,
        /// Its scheme.
        scheme: String,
        /// The loader's name.
        loader: String,
        /// The schemes that it knows.
        known: &'static str,
    },
    /// A specifier that makes no URL.
    #[error("'{specifier}' imported from '{referrer}' is not a valid URL: {why}")]
    InvalidUrl {
        /// As the import has it.
        specifier: String,
        /// The importing module.
        referrer: String,
        /// What is wrong with it.
        why: String,
    },
    /// A `file:` URL with an encoded separator, by which it would name a file that its path does not show.
    #[error("cannot load '{url}': its path has an encoded '/' (%2F); write the '/' itself")]
    EncodedSeparator {
        /// The URL.
        url: String,
    },
    /// A `data:` URL that cannot be decoded.
    #[error("invalid data: URL '{url}': {why}")]
    InvalidData {
        /// The URL, cut where it is long.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// A path that no URL can name.
    #[error("no URL for the path '{}': {why}", path.display())]
    InvalidPath {
        /// The path.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A file was asked of a loader that knows none.
    #[error(
        "cannot load the file '{}': the {loader} loader knows no files; name the module by its URL",
        path.display()
    )]
    NoFiles {
        /// The path.
        path: PathBuf,
        /// The loader's name.
        loader: String,
    },
    /// A module is of another type than its import asks for.
    #[error("module '{url}' is {found}, imported as {wanted}: {}", way_out(*.wanted, *.found))]
    WrongType {
        /// The module.
        url: String,
        /// What the import asks for.
        wanted: ModuleType,
        /// What the loader says it is.
        found: ModuleType,
    },
    /// A specifier that an import map maps to `null`.
    #[error(
        "'{specifier}' imported from '{referrer}' is blocked: the import map has null for it; give it an \
         address, or take it out of the map"
    )]
    Blocked {
        /// As the import has it.
        specifier: String,
        /// The importing module.
        referrer: String,
    },
    /// An import map that is none, or an import that leads out of what the map says.
    #[error("import map: {0}")]
    ImportMap(String),
    /// What a loader of the embedder's says.
    #[error("{0}")]
    Other(String),
}

fn size(bytes: Option<u64>) -> String {
    match bytes {
        Some(bytes) => format!("has {bytes} bytes"),
        None => "has more bytes than it says".into(),
    }
}

fn way_out(wanted: ModuleType, found: ModuleType) -> String {
    match (wanted.attribute(), found.attribute()) {
        (_, Some(found)) => format!("import it with {{ type: \"{found}\" }}"),
        (Some(wanted), None) => format!("import it without {{ type: \"{wanted}\" }}"),
        (None, None) => "import it as what it is".into(),
    }
}

impl LoadError {
    /// A stable name of the kind of error, which JavaScript sees as `error.code`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "module_not_found",
            Self::Unreadable { .. } => "module_unreadable",
            Self::Panicked { .. } => "loader_panicked",
            Self::NotAFile { .. } => "module_not_a_file",
            Self::GivenUp { .. } => "module_given_up",
            Self::TooLarge { .. } => "module_too_large",
            Self::NotUtf8 { .. } => "module_not_utf8",
            Self::Bare { .. } => "bare_specifier",
            Self::UnsupportedScheme { .. } => "unsupported_scheme",
            Self::InvalidUrl { .. } => "invalid_module_url",
            Self::EncodedSeparator { .. } => "encoded_separator",
            Self::InvalidData { .. } => "invalid_data_url",
            Self::InvalidPath { .. } => "invalid_module_path",
            Self::NoFiles { .. } => "no_files",
            Self::WrongType { .. } => "wrong_module_type",
            Self::Blocked { .. } => "import_blocked",
            Self::ImportMap(_) => "import_map",
            Self::Other(_) => "module_load_failed",
        }
    }

    /// The error as JavaScript sees it.
    pub fn to_js_error(&self) -> JsError {
        let mut error = JsError::new("TypeError", self.to_string());
        error.code = Some(self.code().to_owned());
        error
    }
}
