//! The thread that writes the audit log, and the bounded queue before it.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use goatkit_package::PluginName;

use super::file::RotatedFile;
use super::line::AuditLine;

/// Lines that wait for the disk. Some fifty plugins' floods of a second, and 2 MiB at most.
const QUEUE: usize = 1024;

/// The handle on the thread. Dropping it waits until the thread has written all.
pub(super) struct Writer {
    messages: SyncSender<Message>,
    thread: Option<JoinHandle<()>>,
}

enum Message {
    Line(AuditLine),
    /// Answered when all before it is on the disk.
    Flush(SyncSender<()>),
    /// Answered when the plugin has no line any more.
    Forget(PluginName, SyncSender<io::Result<()>>),
    End,
}

impl Writer {
    pub(super) fn start(file: RotatedFile) -> io::Result<Self> {
        let (messages, queue) = sync_channel(QUEUE);
        let pen = Pen::new(file);
        let thread = thread::Builder::new().name("gk-audit".to_owned());
        Ok(Self {
            messages,
            thread: Some(thread.spawn(|| pen.work(queue))?),
        })
    }

    /// Hands a line over without waiting: gives it back when there is no room.
    pub(super) fn offer(&self, line: AuditLine) -> Option<AuditLine> {
        match self.messages.try_send(Message::Line(line)) {
            Err(TrySendError::Full(Message::Line(line)))
            | Err(TrySendError::Disconnected(Message::Line(line))) => Some(line),
            _ => None,
        }
    }

    /// Hands a line over, and waits for room.
    pub(super) fn write(&self, line: AuditLine) {
        self.send(Message::Line(line));
    }

    /// Waits until all that was handed over is on the disk.
    pub(super) fn flush(&self) {
        let (done, told) = sync_channel(1);
        self.send(Message::Flush(done));
        // It is gone if the thread is, and then there is nothing to wait for.
        let _ = told.recv();
    }

    /// Takes all lines of a plugin out, and waits until that is on the disk.
    pub(super) fn forget(&self, plugin: &PluginName) -> io::Result<()> {
        let (done, told) = sync_channel(1);
        self.send(Message::Forget(plugin.clone(), done));
        let gone = |_| io::Error::other("the thread that writes it has ended");
        told.recv().map_err(gone)?
    }

    fn send(&self, message: Message) {
        if self.messages.send(message).is_err() {
            tracing::error!("the thread that writes the audit log has ended");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.send(Message::End);
        if let Some(thread) = self.thread.take() {
            // A panic was told when it happened.
            let _ = thread.join();
        }
    }
}

/// What the thread owns.
struct Pen {
    file: RotatedFile,
    /// How many denials of each plugin could not be written, as the lines that will tell it.
    unwritten: BTreeMap<PluginName, AuditLine>,
}

impl Pen {
    fn new(file: RotatedFile) -> Self {
        let unwritten = BTreeMap::new();
        Self { file, unwritten }
    }

    fn work(mut self, queue: Receiver<Message>) {
        for message in queue {
            match message {
                Message::Line(line) => self.write(line),
                Message::Flush(done) => {
                    self.flush();
                    // Who asked may have gone.
                    let _ = done.send(());
                }
                Message::Forget(plugin, done) => {
                    self.unwritten.remove(&plugin);
                    let _ = done.send(self.file.forget(&plugin));
                }
                Message::End => break,
            }
        }
        self.flush();
    }

    fn write(&mut self, mut line: AuditLine) {
        let before = self.unwritten.remove(&line.plugin);
        line.lost += before.map_or(0, |before| before.lost);
        if let Err(error) = self.put(&line) {
            if self.unwritten.is_empty() {
                tracing::warn!("the audit log cannot be written, denials are counted: {error}");
            }
            let lost = AuditLine::lost(line.plugin.clone(), line.time, line.weight());
            self.unwritten.insert(line.plugin, lost);
        }
    }

    fn flush(&mut self) {
        let unwritten = std::mem::take(&mut self.unwritten);
        unwritten.into_values().for_each(|line| self.write(line));
        if let Err(error) = self.file.sync() {
            tracing::warn!("the audit log may not be on the disk: {error}");
        }
    }

    fn put(&mut self, line: &AuditLine) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.write(&text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::file;
    use super::super::testing::{denial, name, scope, start};
    use super::*;

    fn line(plugin: &str, asked: &str) -> AuditLine {
        AuditLine::of(&name(plugin), &scope("ann"), &denial(asked), start())
    }

    #[test]
    fn a_full_queue_gives_lines_back() {
        let (messages, queue) = sync_channel(1);
        let writer = Writer {
            messages,
            thread: None,
        };
        assert_eq!(writer.offer(line("a", "1")), None);
        assert_eq!(writer.offer(line("a", "2")), Some(line("a", "2")));
        drop(queue.recv());
        assert_eq!(writer.offer(line("a", "3")), None);
        drop(queue);
        assert_eq!(writer.offer(line("a", "4")), Some(line("a", "4")));
    }

    #[test]
    fn what_cannot_be_written_is_told_when_it_can_be_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut pen = Pen::new(RotatedFile::open(folder.path()).unwrap());
        pen.write(line("a", "1"));
        let broken = pen.file.broken();
        for (plugin, asked) in [("a", "2"), ("b", "3"), ("a", "4")] {
            pen.write(line(plugin, asked));
        }
        pen.flush();
        pen.file.mended(broken);
        pen.write(line("a", "5"));
        pen.flush();
        let read = file::read(folder.path(), |_| true, 10).unwrap();
        let read: Vec<_> = read
            .iter()
            .map(|it| (it.plugin.as_str(), it.asked.as_str(), it.times, it.lost))
            .collect();
        let expect = [("a", "1", 1, 0), ("a", "5", 1, 2), ("b", "", 0, 1)];
        assert_eq!(read, expect);
    }
}
