//! Pages, and the rule of paths that they share with routes.

use std::collections::BTreeSet;

use goatkit_capability::grants::covers_path;
use goatkit_package::StoredPackage;
use goatkit_runtime::Page;

use super::Check;
use crate::paths::{PLUGINS, is_of_the_host, is_own, is_path, reach_of};

impl Check<'_> {
    pub(super) fn pages(&mut self, pages: &[Page], package: &StoredPackage) {
        let mut paths = BTreeSet::new();
        for Page {
            path,
            template,
            title,
            access,
        } in pages
        {
            let what = format!("page `{}`", path.escape_debug());
            self.text(&format!("the title of {what}"), title);
            self.unless(is_path(path), || super::not_path("page", path));
            self.unless(paths.insert(path), || format!("it registers {what} twice"));
            self.unless(
                package.template_names().iter().any(|name| name == template),
                || {
                    format!(
                        "{what} shows `{template}`, and the package has no templates/{template}"
                    )
                },
            );
            self.reach(&what, path);
            self.access(&what, access);
        }
    }

    /// A plugin's own prefix is free; the rest of the application it must ask for. Of a pattern,
    /// all that it means must be within reach.
    pub(super) fn reach(&mut self, what: &str, path: &str) {
        let name = self.manifest.name.as_str();
        let reach = reach_of(path);
        // Below /plugins/ each has its own prefix, whatever another asks for.
        let may_ask = !path.starts_with(PLUGINS);
        let asked = self.manifest.reach.routes.iter();
        let asked = may_ask
            && asked
                .into_iter()
                .any(|pattern| covers_path(pattern, &reach));
        self.unless(is_own(name, path) || asked, || {
            let ask = match may_ask {
                true => format!("add `{reach}` under `reach.routes` of manifest.yaml, or "),
                false => String::new(),
            };
            format!("{what} is outside of its reach: {ask}put it below {PLUGINS}{name}/")
        });
        self.unless(!is_of_the_host(path), || {
            format!(
                "{what} is the host's: it answers {PLUGINS}{name}/events/ and the package's static \
                 files by itself; choose another path"
            )
        });
    }
}
