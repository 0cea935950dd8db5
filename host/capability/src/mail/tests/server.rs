//! A mail server that does as a script says: it refuses, stalls, drops the connection, or talks
//! without end, at any step.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server does at a step.
#[derive(Debug, Clone)]
pub(super) enum Does {
    Says(&'static str),
    /// Closes the connection.
    Closes,
    /// Says nothing more and reads nothing more.
    Stalls,
    /// Says so over and over.
    Floods(&'static str),
}

/// What happens at which step: `connect`, the first word of a command, `body` when the message
/// begins to come, `.` at its end. At the others it is an ordinary server.
pub(super) type Script = Vec<(&'static str, Does)>;

pub(super) struct Server {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let says = Says {
            script: Arc::new(script),
            heard: Arc::clone(&heard),
        };
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(says.clone().serve(stream));
            }
        });
        Self { port, heard, task }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn plain(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    /// The commands of all connections, and the lines of the messages.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub(super) fn has_heard(&self, command: &str) -> bool {
        self.heard().iter().any(|it| it.starts_with(command))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Says {
    script: Arc<Script>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Says {
    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        if !self.does("connect", &mut stream).await {
            return;
        }
        let mut in_body = false;
        let mut line = String::new();
        loop {
            line.clear();
            if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
                return;
            }
            let command = line.trim_end();
            self.heard.lock().unwrap().push(command.to_owned());
            let step = match (in_body, command) {
                (true, ".") => ".",
                (true, _) => continue,
                (false, command) => command.split(' ').next().unwrap(),
            };
            let goes_on = self.does(step, &mut stream).await;
            if !goes_on || step == "QUIT" {
                return;
            }
            if step == "DATA" && !self.does("body", &mut stream).await {
                return;
            }
            in_body = step == "DATA";
        }
    }

    /// Whether the connection goes on.
    async fn does(&self, step: &str, stream: &mut BufReader<TcpStream>) -> bool {
        let scripted = self.script.iter().find(|(at, _)| *at == step);
        let does = scripted
            .map(|(_, does)| does.clone())
            .unwrap_or_else(|| ordinary(step));
        match does {
            Does::Says(text) => stream.write_all(text.as_bytes()).await.is_ok(),
            Does::Closes => false,
            Does::Stalls => {
                std::future::pending::<()>().await;
                false
            }
            Does::Floods(text) => {
                let text = text.repeat(100);
                while stream.write_all(text.as_bytes()).await.is_ok() {}
                let _ = stream.read_to_end(&mut Vec::new()).await;
                false
            }
        }
    }
}

fn ordinary(step: &str) -> Does {
    Does::Says(match step {
        "connect" => "220 test ESMTP\r\n",
        "EHLO" => "250-test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n",
        "AUTH" => "235 welcome\r\n",
        "DATA" => "354 go on\r\n",
        "body" => "",
        "QUIT" => "221 bye\r\n",
        _ => "250 ok\r\n",
    })
}
