//! Templates, compiled in, strict: a name that a page does not provide is an error, never a blank.

use include_dir::{Dir, include_dir};
use serde::Serialize;
use tera::{Context, Tera};

use crate::kernel::Failure;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../templates");

/// All templates of the product.
pub struct Templates {
    tera: Tera,
}

impl Templates {
    /// Parses every template; a broken one stops the process at start.
    pub fn load() -> Result<Self, Failure> {
        let mut sources = Vec::new();
        collect(&FILES, &mut sources);
        let mut tera = Tera::default();
        tera.autoescape_on([".html"]);
        tera.add_raw_templates(sources).map_err(|error| Failure::new(error.to_string()))?;
        Ok(Self { tera })
    }

    /// Renders a template with a serializable context.
    pub fn render(&self, name: &str, context: &impl Serialize) -> Result<String, Failure> {
        Context::from_serialize(context)
            .and_then(|context| self.tera.render(name, &context))
            .map_err(|error| Failure::new(format!("{name}: {error:?}")))
    }
}

fn collect(folder: &Dir<'_>, into: &mut Vec<(String, String)>) {
    for file in folder.files() {
        let name = file.path().to_string_lossy().replace('\\', "/");
        if let Some(text) = file.contents_utf8().filter(|_| !name.starts_with("assets/")) {
            into.push((name, text.to_owned()));
        }
    }
    folder.dirs().for_each(|inner| collect(inner, into));
}

/// An asset by name, such as `souk.css`.
pub fn asset(name: &str) -> Option<&'static [u8]> {
    FILES.get_file(format!("assets/{name}")).map(|file| file.contents())
}

/// The asset's address, with a hash of its content, so that it may be cached for ever.
pub fn asset_url(name: &str) -> String {
    let content = asset(name).unwrap_or_default();
    format!("/assets/{}/{name}", &crate::kernel::digest::sha256_hex(content)[..12])
}
