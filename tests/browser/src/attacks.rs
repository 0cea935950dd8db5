//! What a hostile package tries, as `attacks.txt` has it: its head says what the columns are.
//! Two tests read it: the one that shows that each attack works where nothing stops it, and the
//! one that tries it on the product.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::console::ran;

/// One attack.
#[derive(Debug, Clone)]
pub struct Attack {
    /// Where it stands in the file, from 1.
    pub line: usize,
    /// Its name: a-z0-9 and single `-`. Requests and scripts of it carry it.
    pub name: String,
    /// Where it is planted.
    pub place: Place,
    /// What shows that it worked.
    pub proof: Proof,
    /// What is to stop it.
    pub guard: Guard,
    /// What is planted, with its words.
    content: String,
}

/// A table of words: the text in the file, and what it stands for.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every one, in the order of the head of the file.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its word in the file.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            fn read(line: usize, word: &str) -> Self {
                let mut all = Self::ALL.iter().copied();
                let known = all.find(|it| it.word() == word);
                known.unwrap_or_else(|| panic!("line {line}: there is no {word}"))
            }
        }
    };
}

words! {
    /// Where an attack is planted.
    Place {
        /// In a template of the package.
        Template = "template",
        /// In what a function answers as HTML.
        Output = "output",
        /// In what a widget answers.
        Widget = "widget",
        /// In a static file, opened by itself. The content is its name.
        File = "file",
        /// In the label of a menu item.
        Label = "label",
        /// In the icon of a menu item.
        Icon = "icon",
        /// In the path of a menu item.
        Path = "path",
        /// In the title of a page.
        Title = "title",
        /// In a text of the package's translations, shown on a page.
        Translation = "translation",
        /// In a header of a route's answer: `name: value`.
        Header = "header",
        /// In the body of a route's answer: its type, a space, the body.
        Body = "body",
        /// In where a route's answer redirects to.
        Redirect = "redirect",
        /// In a script that may run in the application's pages.
        Script = "script",
        /// In a page of another site, which a signed-in administrator opens.
        Abroad = "abroad",
        /// In a page of another port of the application's own host.
        Near = "near",
    }
}

words! {
    /// What shows that an attack worked.
    Proof {
        /// The console says that its script ran.
        Ran = "ran",
        /// A canary got a request of its name.
        Canary = "canary",
        /// A canary was told what stood on the page.
        Told = "told",
        /// The console has the value of a session's cookie.
        Cookie = "cookie",
        /// The administrators' API did what it was asked.
        Admin = "admin",
        /// The application did what it was asked.
        App = "app",
        /// The administrators' page can be read in a frame.
        Framed = "framed",
        /// A service worker is installed.
        Worker = "worker",
        /// A form of the plugin's took what stands in the application's.
        Taken = "taken",
        /// The answer has the header with that value; asked for byte by byte.
        Header = "header",
    }
}

words! {
    /// What is to stop an attack, alone.
    Guard {
        /// The policy of pages that show anything of a plugin.
        Csp = "csp",
        /// Texts are escaped.
        Escape = "escape",
        /// A path that a plugin names leads into the application.
        Path = "path",
        /// Types and headers of static files.
        File = "file",
        /// The headers that a route may answer.
        Filter = "filter",
        /// Unsafe methods need proof that the application's own page asks.
        Token = "token",
        /// Nobody may frame the page.
        Frame = "frame",
        /// No other site keeps a handle on a window.
        Opener = "opener",
        /// Scripts do not see cookies.
        HttpOnly = "http-only",
        /// An event stream asks who listens.
        Listener = "listener",
        /// Of what a plugin shows nothing stays open behind it.
        Closed = "closed",
    }
}

/// What the words in braces stand for while attacks are tried.
#[derive(Debug, Clone, Default)]
pub struct Words(BTreeMap<&'static str, String>);

impl Words {
    /// With one word more, e.g. `("{evil}", "http://evil.example")`.
    #[must_use]
    pub fn with(mut self, word: &'static str, text: impl Into<String>) -> Self {
        self.0.insert(word, text.into());
        self
    }

    /// The text with these words, and those that stand for the attack itself, in their places.
    pub fn fill(&self, name: &str, text: &str) -> String {
        let text = text.replace("{ran}", &ran(name)).replace("{name}", name);
        let fill = |text: String, (word, with): (&&str, &String)| text.replace(word, with);
        self.0.iter().fold(text, fill)
    }
}

impl Attack {
    /// What is planted.
    pub fn content(&self, words: &Words) -> String {
        let content = words.fill(&self.name, &self.content);
        content.replace("\\t", "\t").replace("\\b", "\\")
    }

    /// The static file that it brings, with its name. Its text has words as well.
    ///
    /// # Panics
    /// Where it brings none, or that cannot be read.
    pub fn file(&self, words: &Words) -> (String, String) {
        let name = self.content.clone();
        let text = hostile(&name);
        (name, words.fill(&self.name, &text))
    }
}

/// A static file of the hostile package, as `hostile/static` has it.
///
/// # Panics
/// Where it is not there.
pub fn hostile(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/hostile/static");
    let path = PathBuf::from(folder).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every attack, in the order of the file.
pub fn attacks() -> Vec<Attack> {
    read(include_str!("../attacks.txt"))
}

fn read(text: &str) -> Vec<Attack> {
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(at, line)| attack(at + 1, line)).collect()
}

fn attack(line: usize, text: &str) -> Attack {
    // What is planted may have bars of its own.
    let columns: Vec<_> = text.splitn(5, " | ").collect();
    let [name, place, proof, guard, content] = columns.as_slice() else {
        panic!("line {line} has five columns: {text}");
    };
    Attack {
        line,
        name: (*name).to_owned(),
        place: Place::read(line, place),
        proof: Proof::read(line, proof),
        guard: Guard::read(line, guard),
        content: (*content).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: usize = 40;

    #[test]
    fn there_are_many_and_each_has_a_name_of_its_own() {
        let attacks = attacks();
        assert!(attacks.len() >= LEAST, "{} attacks", attacks.len());
        let names: std::collections::BTreeSet<_> = attacks.iter().map(|it| &it.name).collect();
        assert_eq!(names.len(), attacks.len(), "two have one name");
        for attack in &attacks {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(attack.name.chars().all(fits), "{}", attack.name);
        }
    }

    #[test]
    fn every_place_proof_and_guard_is_used() {
        let attacks = attacks();
        for place in Place::ALL {
            assert!(attacks.iter().any(|it| it.place == *place), "{place:?}");
        }
        for proof in Proof::ALL {
            assert!(attacks.iter().any(|it| it.proof == *proof), "{proof:?}");
        }
        for guard in Guard::ALL {
            assert!(attacks.iter().any(|it| it.guard == *guard), "{guard:?}");
        }
    }

    #[test]
    fn words_are_filled_and_bars_stay() {
        let attack = &read("# head\n\na-b | label | ran | escape | x | {ran} {evil}\\t\\b")[0];
        let words = Words::default().with("{evil}", "http://evil.example");
        assert_eq!((attack.line, attack.place), (3, Place::Label));
        assert_eq!(
            attack.content(&words),
            "x | console.info('ran:a-b;') http://evil.example\t\\"
        );
    }

    #[test]
    #[should_panic(expected = "line 1: there is no labels")]
    fn an_unknown_word_is_named_with_its_line() {
        read("a | labels | ran | escape | x");
    }
}
