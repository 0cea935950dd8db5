//! What pages wrote to the browser's console, and what the browser wrote there about them.

use serde_json::Value;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `INFO`, `WARNING` or `SEVERE`.
    pub level: String,
    /// `console-api` for what a script wrote; `security`, `network`, `javascript` and others
    /// for what the browser did.
    pub source: String,
    /// The text, with the address of the document or script before it.
    pub text: String,
}

/// The lines of some time, oldest first. Frames, workers and other windows write here too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Console(pub Vec<Line>);

impl Console {
    pub(crate) fn read(lines: &[Value]) -> Self {
        let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let line = |line: &Value| Line {
            level: text(line, "level"),
            source: text(line, "source"),
            text: text(line, "message"),
        };
        Self(lines.iter().map(line).collect())
    }

    /// Whether a script wrote that it ran, as [`ran`] has it.
    pub fn ran(&self, name: &str) -> bool {
        self.said(&format!("ran:{name};"))
    }

    /// Whether a script wrote this text.
    pub fn said(&self, text: &str) -> bool {
        // The browser's own lines have addresses in them, and those what anybody likes.
        let by_scripts = |line: &&Line| match line.source.as_str() {
            "console-api" => true,
            source => source == "worker" && line.level == "INFO",
        };
        let mut said = self.0.iter().filter(by_scripts);
        said.any(|line| line.text.contains(text))
    }

    /// What a policy stopped.
    pub fn blocked(&self) -> Vec<&str> {
        let policy = |line: &&Line| line.text.contains("Content Security Policy");
        let blocked = self.0.iter().filter(policy);
        blocked.map(|line| line.text.as_str()).collect()
    }

    /// What went wrong, a policy's refusals included.
    pub fn errors(&self) -> Vec<&str> {
        let errors = self.0.iter().filter(|line| line.level == "SEVERE");
        errors.map(|line| line.text.as_str()).collect()
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// The script that says that it ran under this name.
pub fn ran(name: &str) -> String {
    format!("console.info('ran:{name};')")
}
