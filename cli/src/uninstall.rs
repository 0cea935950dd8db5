//! `gk plugin uninstall`: what is kept of a plugin, in plain words; the administrator's answer; and
//! the plugin's end.

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result};
use goatkit_host::{PluginName, Remains, Uninstalled, visible};
use serde_json::json;

use crate::args::UninstallArgs;
use crate::failure::hinted;
use crate::grants::{plugin, print_json};
use crate::office;
use crate::user::print;

pub(crate) fn run(args: &UninstallArgs) -> Result<()> {
    let name = plugin(&args.name)?;
    let data = &args.host.data;
    let path = format!("/v1/plugins/{name}");
    let remains: Remains = office::with_its_code(data, async |host| {
        host.get(&format!("{path}/remains")).await
    })?;
    eprint!("{}", asked(&name, &remains, args.purge));
    if !args.yes && !consents()? {
        return Err(anyhow::anyhow!("nothing was uninstalled"));
    }
    let body = json!({ "purge": args.purge, "careful": args.careful });
    let done: Uninstalled = office::with_its_code(data, async |host| {
        host.post(&format!("{path}/uninstall"), body).await
    })?;
    for problem in &done.problems {
        eprintln!("warning: {}", visible(problem));
    }
    match args.json {
        true => print_json(&done),
        false => print(&told(&done)),
    }
}

/// Asks. Only a clear yes is one.
fn consents() -> Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(hinted(
            "there is nobody to ask: standard input is no terminal",
            "say that you mean it with `--yes`",
        ));
    }
    eprint!("\nUninstall it? [y/N] ");
    io::stderr().flush()?;
    let mut typed = String::new();
    let read = io::stdin().read_line(&mut typed);
    read.context("cannot read the answer")?;
    let typed = typed.trim().to_ascii_lowercase();
    Ok(matches!(typed.as_str(), "y" | "yes"))
}

/// What will be, before it is.
fn asked(name: &PluginName, remains: &Remains, purge: bool) -> String {
    let what = match (remains.is_nothing(), purge) {
        (true, _) => return format!("{name} is taken out of the host; nothing is kept of it.\n"),
        (false, true) => "and with it goes, for good:",
        (false, false) => "this remains, and it finds it when it is installed again:",
    };
    format!("{name} is taken out of the host; {what}\n{}", list(remains))
}

/// What was done.
fn told(done: &Uninstalled) -> String {
    let versions: Vec<String> = done.versions.iter().map(ToString::to_string).collect();
    let mut text = match versions.is_empty() {
        true => format!("{}: was not installed any more\n", done.name),
        false => format!("{} {}: uninstalled\n", done.name, versions.join(", ")),
    };
    text += &match (done.remains.is_nothing(), done.purged) {
        (true, _) => "nothing is kept of it\n".to_owned(),
        (false, true) => format!("this could not be removed:\n{}", list(&done.remains)),
        (false, false) => format!(
            "this remains; `gk plugin uninstall {} --purge` removes it:\n{}",
            done.name,
            list(&done.remains)
        ),
    };
    text
}

/// One line for each thing that is kept.
fn list(remains: &Remains) -> String {
    let mut lines: Vec<String> = Vec::new();
    for table in &remains.tables {
        let rows = number(table.rows, "row", "rows");
        lines.push(format!("the table {} with {rows}", visible(&table.name)));
    }
    let counted = [
        (remains.settings, "setting", "settings"),
        (remains.secrets, "secret", "secrets"),
        (
            remains.decisions,
            "decision on what it may do",
            "decisions on what it may do",
        ),
        (remains.jobs, "job", "jobs"),
        (
            remains.mail,
            "message in the mail folder",
            "messages in the mail folder",
        ),
        (remains.log_lines, "line of its log", "lines of its log"),
        (
            remains.denials,
            "line of the audit log",
            "lines of the audit log",
        ),
        (
            remains.copies,
            "copy in the store, with its compiled code",
            "copies in the store, with their compiled code",
        ),
    ];
    let counted = counted.into_iter().filter(|(count, ..)| *count > 0);
    lines.extend(counted.map(|(count, one, many)| number(count, one, many)));
    if remains.chosen {
        lines.push("that it was disabled or pinned".to_owned());
    }
    for given in &remains.permissions {
        let (role, permission) = (visible(&given.role), visible(&given.permission));
        lines.push(format!("the permission {permission} of the role {role}"));
    }
    for unknown in &remains.unknown {
        lines.push(format!("not known: {}", visible(unknown)));
    }
    lines.iter().map(|line| format!("  {line}\n")).collect()
}

fn number(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn remains() -> Value {
        json!({
            "tables": [{ "name": "p_stats__a", "rows": 1 }, { "name": "p_stats__b", "rows": 20 }],
            "settings": 1,
            "secrets": 0,
            "decisions": 3,
            "jobs": 0,
            "mail": 2,
            "log_lines": 0,
            "denials": 1,
            "copies": 1,
            "chosen": true,
            "permissions": [{ "role": "desk", "permission": "stats.view" }],
            "unknown": [],
        })
    }

    fn done(remains: Value, purged: bool) -> Uninstalled {
        let done = json!({
            "name": "stats",
            "versions": ["1.0.0", "1.1.0"],
            "purged": purged,
            "remains": remains,
            "problems": [],
        });
        serde_json::from_value(done).unwrap()
    }

    const LIST: &str = "  the table p_stats__a with 1 row\n\
        \x20 the table p_stats__b with 20 rows\n\
        \x20 1 setting\n\
        \x20 3 decisions on what it may do\n\
        \x20 2 messages in the mail folder\n\
        \x20 1 line of the audit log\n\
        \x20 1 copy in the store, with its compiled code\n\
        \x20 that it was disabled or pinned\n\
        \x20 the permission stats.view of the role desk\n";

    #[test]
    fn who_is_asked_reads_what_goes_or_remains() {
        let name = PluginName::parse("stats").unwrap();
        let kept: Remains = serde_json::from_value(remains()).unwrap();
        let text = asked(&name, &kept, false);
        let head = "stats is taken out of the host; this remains, and it finds it when it is \
                    installed again:\n";
        assert_eq!(text, format!("{head}{LIST}"));
        let text = asked(&name, &kept, true);
        assert!(text.contains("goes, for good:\n"), "{text}");
        let text = asked(&name, &Remains::default(), true);
        assert!(text.contains("nothing is kept of it"), "{text}");
    }

    #[test]
    fn what_was_done_is_told_with_what_remains() {
        let text = told(&done(remains(), false));
        let head = "stats 1.0.0, 1.1.0: uninstalled\nthis remains; `gk plugin uninstall stats \
                    --purge` removes it:\n";
        assert_eq!(text, format!("{head}{LIST}"));
        let nothing = serde_json::to_value(Remains::default()).unwrap();
        let text = told(&done(nothing, true));
        assert!(
            text.ends_with("uninstalled\nnothing is kept of it\n"),
            "{text}"
        );
        let text = told(&done(remains(), true));
        assert!(text.contains("this could not be removed:\n"), "{text}");
    }
}
