//! i18n: free for all, and it never fails. What is refused is the key itself.

use crate::case::Args::Text;
use crate::case::Expect::Answer;
use crate::case::{CASE, Case, Who};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a text is of the session's locale, or of a shorter form of it",
        function: "i18n_translate",
        args: Text(r#"["greeting", { "name": "Ada" }]"#),
        expect: Answer(r#""Hallo Ada!""#),
        ..CASE
    },
    Case {
        name: "a locale without texts has those of the package's default",
        who: Who::Nobody,
        function: "i18n_translate",
        args: Text(r#"["greeting", { "name": "Ada" }]"#),
        expect: Answer(r#""Hello Ada!""#),
        ..CASE
    },
    Case {
        name: "what one locale lacks comes from the default",
        function: "i18n_translate",
        args: Text(r#"["only_here", {}]"#),
        expect: Answer(r#""Only here""#),
        ..CASE
    },
    Case {
        name: "a placeholder without its argument stays",
        function: "i18n_translate",
        args: Text(r#"["greeting", { "other": "Ada" }]"#),
        expect: Answer(r#""Hallo {name}!""#),
        ..CASE
    },
    Case {
        name: "a key that no file has stays a key",
        function: "i18n_translate",
        args: Text(r#"["nowhere", {}]"#),
        expect: Answer(r#""nowhere""#),
        ..CASE
    },
    Case {
        name: "a text can be of another locale than the session's",
        function: "i18n_translate_to",
        args: Text(r#"["en-GB", "greeting", { "name": "Ada" }]"#),
        expect: Answer(r#""Hello Ada!""#),
        ..CASE
    },
    Case {
        name: "what is no locale has the texts of the default",
        function: "i18n_translate_to",
        args: Text(r#"["../../etc", "greeting", { "name": "Ada" }]"#),
        expect: Answer(r#""Hello Ada!""#),
        ..CASE
    },
    Case {
        name: "the locales are the package's",
        function: "i18n_locales",
        expect: Answer(r#"["de", "en"]"#),
        ..CASE
    },
];
