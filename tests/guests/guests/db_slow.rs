//! db_slow: asks for what no bound allows: a query that takes minutes, and more rows than an
//! answer has. Needs a db grant and no table.

use goatkit_plugin::{Answer, Error, Value as Json, db};
use values::of_rows;

#[path = "shared/values.rs"]
mod values;

goatkit_test_guests::guest! {
    count() -> "object",
    rows() -> "object";
    |function, _| call(function)?.into_output()
}

fn call(function: &str) -> Result<Json, Error> {
    let select = match function {
        "count" => "SELECT count(*) FROM n",
        "rows" => "SELECT i FROM n",
        other => return Err(Error::Unknown(other.to_owned())),
    };
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) \
         {select}"
    );
    Ok(of_rows(&db::query(&sql, [])?))
}
