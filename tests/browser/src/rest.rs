//! When a page has come to rest: what it has asked for had the time to arrive, and what was
//! pressed has opened what it opens.

use std::time::Duration;

use fantoccini::Client;
use fantoccini::wd::TimeoutConfiguration;

/// How long a page or a script of a test may take, on a machine that is busy with others.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How long a page may take to come to rest. One that may run no scripts does not even tell:
/// there this is the time that it gets.
const REST: Duration = Duration::from_millis(500);

/// Waits until nothing is under way any more. A timer only starts when the page is idle, and
/// gives what the page has asked for the time to arrive.
const SETTLE: &str = "
    const done = arguments[arguments.length - 1];
    const rest = () => requestIdleCallback(() => setTimeout(done, 50));
    if (document.readyState === 'complete') rest(); else addEventListener('load', rest);
";

/// Waits until the page is at rest, if it stays long enough.
pub(crate) async fn settle(client: &Client) {
    let_scripts_take(client, REST).await;
    // The page may leave meanwhile; then the next one is waited for the next time.
    let _ = client.execute_async(SETTLE, Vec::new()).await;
    let_scripts_take(client, PATIENCE).await;
}

/// Scripts of tests get so long, pages [`PATIENCE`], and elements are looked for once.
pub(crate) async fn let_scripts_take(client: &Client, time: Duration) {
    let limits = TimeoutConfiguration::new(Some(time), Some(PATIENCE), Some(Duration::ZERO));
    // A dialogue of the page's may be in the way. It is closed by that.
    let _ = client.update_timeouts(limits).await;
}
