//! What a host decides about its templates.

use std::num::NonZero;
use std::path::PathBuf;

/// Where the application's templates are, and what packages may do with them.
#[derive(Debug, Clone)]
pub struct TemplateSettings {
    /// The folder of the application's templates.
    pub folder: PathBuf,
    /// The application's templates that packages may extend, such as `layout.html`.
    pub layouts: Vec<String>,
    /// Pages that are rendered at the same time. A page blocks its thread while a plugin
    /// works for it.
    pub threads: usize,
    /// Bytes that a package's page may have.
    pub package_output: usize,
    /// Steps of the template language that a package's page may take.
    pub package_steps: u64,
    /// Packages whose compiled templates are kept.
    pub packages: usize,
}

impl TemplateSettings {
    /// What fits most hosts.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, NonZero::get);
        Self {
            folder: folder.into(),
            layouts: Vec::new(),
            threads: (4 * cores).max(8),
            // Nobody reads a longer page.
            package_output: 4 << 20,
            // Some tenths of a second of the templates' own work.
            package_steps: 1_000_000,
            packages: 256,
        }
    }
}
