//! The files of the hostile package, as far as it needs no plugin to answer: a template for
//! each attack that is seen on a page of its own, every static file, and the texts. What menu
//! items, titles and answers it brings, its guest says.

use crate::attacks::{Attack, Place, Words};

/// Path in the package, and content.
pub type File = (String, String);

/// The files for these attacks. The package's own static files are asked for by their names in
/// it, since nobody knows its digest before it is made.
pub fn files(attacks: &[Attack], words: &Words) -> Vec<File> {
    let own = words.clone().with("{static}", "{static}");
    let mut files = vec![("i18n/en.yaml".to_owned(), texts(attacks, &own))];
    for attack in attacks {
        match attack.place {
            Place::Template => {
                let path = format!("templates/{}.html", attack.name);
                files.push((path, with_assets(&attack.content(&own))));
            }
            Place::Script => {
                let script = with_assets(&attack.content(&own));
                let says = starts(&attack.name);
                let page = format!("<script nonce=\"{{{{ nonce }}}}\">{says} {script}</script>");
                files.push((format!("templates/{}.html", attack.name), page));
            }
            Place::Translation | Place::Title => {
                let page = format!("<p>{{{{ t(\"{}\") }}}}</p>", attack.name);
                files.push((format!("templates/{}.html", attack.name), page));
            }
            Place::File => {
                let (name, text) = attack.file(words);
                files.push((format!("static/{name}"), text));
            }
            _ => {}
        }
    }
    let used = attacks.iter().flat_map(|it| assets(&it.content(&own)));
    for (attack, name) in used {
        let path = format!("static/{name}");
        if files.iter().all(|file| file.0 != path) {
            files.push((path, words.fill(&attack, &crate::attacks::hostile(&name))));
        }
    }
    files
}

/// What a script that may run begins with.
fn starts(name: &str) -> String {
    format!("console.info('{}');", started(name))
}

/// What the console has of a script that was let run, whatever came of it.
pub fn started(name: &str) -> String {
    format!("started:{name};")
}

/// `key: text`, one a line, in single quotes.
fn texts(attacks: &[Attack], words: &Words) -> String {
    let texts = attacks.iter();
    let texts =
        texts.filter(|it| matches!(it.place, Place::Translation | Place::Label | Place::Title));
    let line = |it: &Attack| {
        let text = it.content(words).replace('\'', "''");
        format!("{}: '{text}'\n", it.name)
    };
    texts.map(line).collect()
}

/// The names of static files in a text, each with the name of the attack that it is for.
fn assets(content: &str) -> Vec<(String, String)> {
    let parts = content.split("{static}/").skip(1);
    let name = |part: &str| {
        let end = part.find(['"', '\'']).unwrap_or(part.len());
        let name = part[..end].to_owned();
        let stem = name.split('.').next().unwrap_or_default().to_owned();
        (stem, name)
    };
    parts.map(name).collect()
}

fn with_assets(content: &str) -> String {
    let fill = |text: String, (_, name): (String, String)| {
        let call = format!("{{{{ asset(\"{name}\") }}}}");
        text.replace(&format!("{{static}}/{name}"), &call)
    };
    assets(content).into_iter().fold(content.to_owned(), fill)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attacks::attacks;

    #[test]
    fn each_planted_file_is_there_once_and_no_word_is_left() {
        let words = Words::default()
            .with("{evil}", "http://evil.example")
            .with("{near}", "http://127.0.0.1:1")
            .with("{admin}", "http://127.0.0.1:2")
            .with("{app}", "")
            .with("{nonce}", "0");
        let files = files(&attacks(), &words);
        let text = |path: &str| {
            let mut found = files.iter().filter(|it| it.0 == path);
            let file = found.next().unwrap_or_else(|| panic!("no {path}"));
            assert!(found.next().is_none(), "{path} is there twice");
            file.1.as_str()
        };
        assert_eq!(
            text("templates/script-of-own-files.html"),
            "<script src=\"{{ asset(\"script-of-own-files.js\") }}\"></script>"
        );
        assert_eq!(
            text("static/script-of-own-files.js").trim(),
            "console.info('ran:script-of-own-files;')"
        );
        assert!(text("static/svg-file-of-evil.svg").contains("http://evil.example/svg-file-of"));
        assert!(text("static/service-worker.js").contains("taken"));
        let texts = text("i18n/en.yaml");
        assert!(texts.contains("'<script>console.info(''ran:translation-with-a-script;'')"));
        for (path, text) in &files {
            for word in ["{static}", "{evil}", "{admin}", "{ran}", "{name}", "{app}"] {
                assert!(!text.contains(word), "{path}: {word}: {text}");
            }
            // Nothing that a template's own syntax would take for its own.
            let own = ["{{ asset(", "{{ nonce", "{{ t("];
            let rest = own
                .iter()
                .fold(text.clone(), |text, it| text.replace(it, ""));
            let calls = rest.contains("{{");
            assert!(
                !calls && !text.contains("{%") && !text.contains("{#"),
                "{path}"
            );
        }
    }
}
