//! huge_registration: describes itself in 20 MiB.

use goatkit_test_guests::{VERSION, function, plugin};

goatkit_test_guests::registers!({
    let mut function = function("speak", &[], "json");
    function.description = "a".repeat(20 << 20);
    Ok(plugin("huge_registration", VERSION, vec![function]))
});
