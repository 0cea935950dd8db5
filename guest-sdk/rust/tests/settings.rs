//! The module `config` as a plugin uses it: typed settings, secrets that do not show
//! themselves, and keys that nobody declared.
#![allow(missing_docs, clippy::unwrap_used)]

use goatkit_plugin::config::{self, Secret};
use goatkit_plugin::testing::Session;
use goatkit_plugin::{Denial, Error, Fault, json};

fn session() -> Session {
    Session::default()
        .setting("page_size", 50)
        .setting("queues", json!(["Raw", "Junk"]))
        .secret("token", "s3cret")
        .declares("greeting")
}

#[test]
fn settings_are_read_as_types() {
    session().run(|| {
        assert_eq!(config::get("page_size"), Ok(Some(50_u8)));
        let queues = Some(vec!["Raw".to_owned(), "Junk".to_owned()]);
        assert_eq!(config::get("queues"), Ok(queues));
        assert_eq!(config::get::<String>("greeting"), Ok(None));
        assert_eq!(config::keys().unwrap(), ["page_size", "queues", "token"]);
        assert_eq!(
            config::get::<bool>("page_size"),
            Err(Error::failed(
                "setting \"page_size\": invalid type: integer `50`, expected a boolean \
                 at line 1 column 2"
            ))
        );
    });
}

#[test]
fn a_secret_does_not_show_itself() {
    session().run(|| {
        let secret: Secret = config::secret("token").unwrap().unwrap();
        assert_eq!(secret.expose(), "s3cret");
        assert_eq!(
            format!("{secret} {secret:?} {:?}", Some(&secret)),
            "[secret] [secret] Some([secret])"
        );
        assert_eq!(config::secret("greeting"), Ok(None));
    });
    assert!(!format!("{:?}", session()).contains("s3cret"));
}

#[test]
fn what_is_not_declared_or_not_asked_for_rightly_is_denied() {
    fn get(key: &str) -> Result<(), Error> {
        config::get::<goatkit_plugin::Value>(key).map(drop)
    }
    fn secret(key: &str) -> Result<(), Error> {
        Ok(config::secret(key).map(drop)?)
    }
    type Ask = fn(&str) -> Result<(), Error>;
    let undeclared = "read the setting `other`";
    let declare = "declare `other` under `config.properties` in manifest.yaml";
    let cases: [(Ask, &str, &str, &str); 4] = [
        (get, "other", undeclared, declare),
        (secret, "other", undeclared, declare),
        (
            get,
            "token",
            "read the secret `token` with `config.get`",
            "read it with `config.secret`",
        ),
        (
            secret,
            "page_size",
            "read the setting `page_size` with `config.secret`",
            "read it with `config.get`, or declare it a secret with `writeOnly: true` under \
             `config.properties.page_size` in manifest.yaml",
        ),
    ];
    session().run(|| {
        for (ask, key, asked, remedy) in cases {
            let denial = Denial {
                capability: "config".to_owned(),
                asked: asked.to_owned(),
                remedy: remedy.to_owned(),
            };
            assert_eq!(ask(key), Err(Error::Fault(Fault::Denied(denial))));
        }
    });
    assert!(
        get("page_size").is_err(),
        "nothing is declared without a session"
    );
}
