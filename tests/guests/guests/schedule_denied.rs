//! schedule_denied: schedules `tick` every minute, whatever it was granted.

use goatkit_plugin::{Answer, json, schedule};

goatkit_test_guests::guest! {
    every_minute() -> "string";
    |_, _| schedule::schedule_job("* * * * *", "tick", &json!({}))?.into_output()
}
