//! A version of the plugin `versions`: what its guests differ in is the number alone.

macro_rules! version {
    ($version:literal) => {
        use goatkit_plugin::{Answer, Error, Lifecycle, log};

        goatkit_test_guests::guest! {
            ({ log::info(concat!("registering ", $version)); "versions" }, $version):
            version() -> "string";
            |_, _| $version.into_output()
        }

        impl Lifecycle for Guest {
            fn activate(previous: Option<String>) -> Result<(), Error> {
                let previous = previous.as_deref().unwrap_or("nothing");
                log::info(format!("activating {} after {previous}", $version));
                Ok(())
            }

            fn deactivate() -> Result<(), Error> {
                log::info(concat!("deactivating ", $version));
                Ok(())
            }
        }

        goatkit_plugin::raw::lifecycle::export_lifecycle!(Guest);
    };
}
pub(crate) use version;
