//! Literals and types: what is printed must read to the engine as it read to the parser.

use sqlparser::ast::{CharacterLength, DataType, TimezoneInfo, Value};

use super::walk::{Walk, absent, refused, unknown};
use crate::Fault;

impl Walk<'_> {
    pub(super) fn literal(&mut self, value: &Value) -> Result<(), Fault> {
        match value {
            Value::Null | Value::Boolean(_) => Ok(()),
            Value::Number(digits, is_long) => {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".+-".contains(&byte);
                absent("this number", !is_long && digits.bytes().all(plain))
            }
            Value::HexStringLiteral(digits) => {
                let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                absent("this blob", plain && digits.len() % 2 == 0)
            }
            Value::SingleQuotedString(text) => {
                let printed = Value::SingleQuotedString(text.clone()).to_string();
                let faithful = printed == format!("'{}'", text.replace('\'', "''"));
                absent("this text (pass it as a parameter)", faithful)
            }
            Value::Placeholder(name) if name == "?" => self.saw_parameter(),
            Value::Placeholder(name) => Err(refused(format!(
                "the parameter `{name}` (parameters are written `?`)"
            ))),
            Value::DollarQuotedString(_)
            | Value::TripleSingleQuotedString(_)
            | Value::TripleDoubleQuotedString(_)
            | Value::EscapedStringLiteral(_)
            | Value::UnicodeStringLiteral(_)
            | Value::SingleQuotedByteStringLiteral(_)
            | Value::DoubleQuotedByteStringLiteral(_)
            | Value::TripleSingleQuotedByteStringLiteral(_)
            | Value::TripleDoubleQuotedByteStringLiteral(_)
            | Value::SingleQuotedRawStringLiteral(_)
            | Value::DoubleQuotedRawStringLiteral(_)
            | Value::TripleSingleQuotedRawStringLiteral(_)
            | Value::TripleDoubleQuotedRawStringLiteral(_)
            | Value::NationalStringLiteral(_)
            | Value::QuoteDelimitedStringLiteral(_)
            | Value::NationalQuoteDelimitedStringLiteral(_)
            | Value::DoubleQuotedString(_) => Err(unknown(value)),
        }
    }
}

/// The types that a column or a cast may have.
pub(super) fn plain_type(data_type: &DataType) -> Result<(), Fault> {
    match data_type {
        DataType::Integer(None)
        | DataType::Int(None)
        | DataType::BigInt(None)
        | DataType::SmallInt(None)
        | DataType::Real
        | DataType::DoublePrecision
        | DataType::Numeric(_)
        | DataType::Decimal(_)
        | DataType::Text
        | DataType::Blob(None)
        | DataType::Boolean
        | DataType::Date
        | DataType::Datetime(None)
        | DataType::Timestamp(None, TimezoneInfo::None)
        | DataType::Char(None | Some(CharacterLength::IntegerLength { unit: None, .. }))
        | DataType::Varchar(None | Some(CharacterLength::IntegerLength { unit: None, .. })) => {
            Ok(())
        }
        other => Err(refused(format!("the type `{other}`"))),
    }
}
