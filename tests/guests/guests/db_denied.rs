//! db_denied: asks the database for whatever it is told to, under whatever grant it has.
//! Faults are passed on unchanged.

use goatkit_plugin::{Answer, Arguments, Error, Value as Json, db};
use values::{of_done, of_rows};

#[path = "shared/values.rs"]
mod values;

goatkit_test_guests::guest! {
    read(sql: "string") -> "object",
    write(sql: "string") -> "object",
    begin() -> "json";
    |function, args| call(function, args)?.into_output()
}

fn call(function: &str, args: &str) -> Result<Json, Error> {
    match function {
        "read" => Ok(of_rows(&db::query(&sql(args)?, [])?)),
        "write" => Ok(of_done(&db::execute(&sql(args)?, [])?)),
        "begin" => {
            db::begin()?.commit()?;
            Ok(Json::Null)
        }
        other => Err(Error::Unknown(other.to_owned())),
    }
}

fn sql(args: &str) -> Result<String, Error> {
    Arguments::parse(&["sql"], args)?.take()
}
