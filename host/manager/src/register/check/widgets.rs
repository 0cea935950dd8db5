//! Widgets: functions whose HTML stands in places of the application.

use std::collections::BTreeSet;

use goatkit_runtime::Registration;

use super::{Check, did_you_mean, is_word, not_word};

impl Check<'_> {
    pub(super) fn widgets(&mut self, it: &Registration) {
        let mut ids = BTreeSet::new();
        for widget in &it.widgets {
            let id = widget.id.escape_debug();
            let what = format!("widget `{id}`");
            self.unless(is_word(&widget.id), || not_word("widget", &widget.id));
            self.unless(ids.insert(&widget.id), || {
                format!("it registers {what} twice")
            });
            self.text(&format!("the title of {what}"), &widget.title);
            self.access(&what, &widget.access);
            let places = &self.manifest.reach.widgets;
            self.unless(places.contains(&widget.place), || {
                let place = widget.place.escape_debug();
                let near = did_you_mean(&widget.place, places.iter().map(String::as_str));
                format!(
                    "{what} is for the place `{place}`, which is outside of its reach: add it under \
                     `reach.widgets` of manifest.yaml{near}"
                )
            });
            let function = self.function_of(&what, &widget.function, &it.functions);
            let Some(function) = function else {
                continue;
            };
            let name = &function.name;
            self.unless(function.returns == "html", || {
                format!(
                    "{what} shows what `{name}` returns, and that is `{}`: it must be `html`",
                    function.returns
                )
            });
            let must = |type_name: &str| !type_name.ends_with('?');
            let argument = function.args.iter().find(|it| must(&it.type_name));
            self.unless(argument.is_none(), || {
                let argument = argument.map_or("", |it| it.name.as_str());
                format!(
                    "{what} calls `{name}` without arguments, and its argument `{argument}` must be \
                     passed: let it be left out (`?`), or use another function"
                )
            });
        }
    }
}
