//! Lines of the log, kept for `take_log`.

use crate::log::Level;
use crate::testing::{self, Line};

pub(crate) fn write(level: Level, message: &str, fields: &[(String, String)]) {
    testing::write(Line {
        level,
        message: message.to_owned(),
        fields: fields.to_vec(),
    });
}
