//! A help desk of a few tickets that has plugins: what an application does that embeds GoatKit.
//!
//! ```console
//! $ cargo run -p embed-host -- --data desk --listen 127.0.0.1:8080
//! $ cargo gk plugin build examples/embed-host/plugin
//! $ cargo gk plugin install examples/embed-host/plugin/dist/desk-notes-1.0.0.zip --data desk
//! ```
//!
//! The second and third line go into another terminal: the plugin is built, and the running
//! application is asked to take it in. `/` is a page of the application's own, and its links
//! lead to `/ticket`, a template into which the plugin brings what it was granted. Then take a
//! grant away, and load the page again:
//!
//! ```console
//! $ cargo gk plugin revoke desk-notes ticketing --data desk
//! ```
//!
//! In reading order: `desk` (the host and the routes), `tickets` (what the application is
//! about), `ticketing` (its own typed interface for plugins).

use std::env;
use std::error::Error;
use std::sync::Arc;

use embed_host::{Tickets, host, router};
use goatkit_host::{CompilerProgram, compile_if_asked};
use tokio::net::TcpListener;

fn main() -> Result<(), Box<dyn Error>> {
    // This program is started again for each plugin that is compiled, and ends here then.
    compile_if_asked();
    serve()
}

#[tokio::main]
async fn serve() -> Result<(), Box<dyn Error>> {
    let (data, listen) = (
        argument("--data", "data"),
        argument("--listen", "127.0.0.1:8080"),
    );
    let tickets = Arc::new(Tickets::of_a_morning());
    let host = host(data, &tickets).compiler(CompilerProgram::this());
    let host = host.build().await?;
    // Until it is left, administrators reach this process with `gk plugin … --data DIR`.
    let attended = host.attend().await?;

    let listener = TcpListener::bind(listen).await?;
    println!("http://{}/", listener.local_addr()?);
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, router(&host, tickets))
        .with_graceful_shutdown(stop)
        .await?;
    attended.leave().await;
    Ok(())
}

/// What stands behind `name` on the command line.
fn argument(name: &str, default: &str) -> String {
    let mut rest = env::args().skip_while(|it| it != name).skip(1);
    rest.next().unwrap_or_else(|| default.to_owned())
}
