//! my-plugin: calculates something useful.

#[goatkit_plugin::plugin(
    menu(label = "My Feature", path = "/admin/my-feature", icon = "star"),
    page(
        path = "/admin/my-feature",
        template = "my_feature.html",
        title = "feature.title",
        permission = "my_plugin.view",
    ),
    permissions("my_plugin.view", "my_plugin.edit")
)]
mod my_plugin {
    use goatkit_plugin::Json;
    use serde::Serialize;

    /// What is known of an input.
    #[derive(Debug, PartialEq, Serialize)]
    pub struct Stats {
        /// How many characters it has.
        pub value: usize,
    }

    /// Calculates something useful
    pub fn calculate_something(input: String) -> Json<Stats> {
        let value = input.chars().count();
        Json(Stats { value })
    }
}

#[cfg(test)]
mod tests {
    use super::my_plugin::*;

    #[test]
    fn characters_are_counted() {
        for (input, value) in [("", 0), ("input", 5), ("größer", 6), ("日本", 2)] {
            assert_eq!(calculate_something(input.into()).0, Stats { value });
        }
    }

    #[test]
    fn the_registration_is_the_documented_one() {
        let plugin = <Plugin as goatkit_plugin::Plugin>::registration();
        let [function] = &plugin.functions[..] else {
            panic!("one function, not {}", plugin.functions.len())
        };
        assert_eq!(function.name, "calculate_something");
        assert_eq!(function.args[0].name, "input");
        assert_eq!(function.args[0].type_, "string");
        assert_eq!(function.returns, "json");
        assert_eq!(function.description, "Calculates something useful");
    }
}
