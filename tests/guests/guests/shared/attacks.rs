//! The attacks of `tests/browser/attacks.txt`, as far as a guest plants them. What its head says
//! of the columns holds here; the words in braces that only a running test knows are left as they
//! are.

/// One attack.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) place: &'static str,
    pub(crate) content: String,
}

/// Every attack at one of these places.
pub(crate) fn attacks(places: &[&str]) -> Vec<Attack> {
    let lines = include_str!("../../../browser/attacks.txt").lines();
    let lines = lines.filter(|it| !it.is_empty() && !it.starts_with('#'));
    let attacks = lines.filter_map(|line| {
        let mut columns = line.splitn(5, " | ");
        let (name, place) = (columns.next()?, columns.next()?);
        let content = fill(name, columns.nth(2)?);
        places.contains(&place).then_some(Attack {
            name,
            place,
            content,
        })
    });
    attacks.collect()
}

fn fill(name: &str, content: &str) -> String {
    content
        .replace("{ran}", &format!("console.info('ran:{name};')"))
        .replace("{name}", name)
        .replace("{evil}", "http://evil.example")
        .replace("{app}", "")
        .replace("\\t", "\t")
        .replace("\\b", "\\")
}
