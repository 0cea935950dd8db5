#![allow(clippy::unwrap_used)]
//! Texts of `gk.toml`, and what they mean.

use super::*;

fn parse(text: &str) -> Result<Settings, String> {
    Settings::parse(Path::new("/data"), text)
}

#[test]
fn everything_may_be_left_out() {
    let settings = parse("").unwrap();
    assert!(settings.config.is_empty());
    assert!(format!("{:?}", settings.database).contains("/data/app.db"));
}

#[test]
fn what_is_written_counts() {
    let text = "
        database = { sqlite = \"desk.db\", max_bytes = \"1MiB\" }
        [config.my-plugin]
        greeting = \"hello\"
    ";
    let settings = parse(text).unwrap();
    let database = format!("{:?}", settings.database);
    assert!(database.contains("/data/desk.db"), "{database}");
    assert!(database.contains("1048576"), "{database}");
    let name = PluginName::parse("my-plugin").unwrap();
    assert_eq!(settings.config[&name]["greeting"], "hello");
}

#[test]
fn files_are_seen_from_the_data_folder() {
    let data = tempfile::tempdir().unwrap();
    fs::write(data.path().join("password"), "sesame\n").unwrap();
    let text = "
        [http]
        certificates = [\"ca.pem\"]
        [mail]
        smtp = \"smtp://mail.example.com\"
        user = \"goat\"
        password_file = \"password\"
    ";
    let settings = Settings::parse(data.path(), text).unwrap();
    assert_eq!(settings.certificates, [data.path().join("ca.pem")]);
    let Some(MailTarget::Smtp(smtp)) = settings.mail else {
        panic!("no server");
    };
    assert_eq!(smtp.credentials, Some(("goat".into(), "sesame".into())));
    let folder = parse("mail = { folder = \"out\" }").unwrap();
    let Some(MailTarget::Folder(folder)) = folder.mail else {
        panic!("no folder");
    };
    assert_eq!(folder, Path::new("/data/out"));
}

#[test]
fn pages_are_for_whom_the_operator_says() {
    let text = "
        [site]
        url = \"https://desk.example.com\"
        [pages]
        \"/agent/*\" = \"signed-in\"
        \"/agent/secret\" = \"ticket.secret\"
        \"/agent/hello\" = \"public\"
    ";
    let settings = parse(text).unwrap();
    let site = settings.site.unwrap();
    assert_eq!(
        (site.host.as_str(), site.secure),
        ("desk.example.com", true)
    );
    let secret = Access::Permission("ticket.secret".to_owned());
    let expect = [
        ("/agent/*".to_owned(), Access::SignedIn),
        ("/agent/hello".to_owned(), Access::Public),
        ("/agent/secret".to_owned(), secret),
    ];
    assert_eq!(settings.access, expect);
    let plain = parse("site = { url = \"http://desk.example.com:8080/\" }").unwrap();
    assert!(!plain.site.unwrap().secure);
}

#[test]
fn spans_go_where_the_operator_says() {
    assert_eq!(parse("").unwrap().telemetry, None);
    let text = "telemetry = { otlp = \"http://127.0.0.1:4318/\" }";
    let telemetry = parse(text).unwrap().telemetry.unwrap();
    let expect = TelemetrySettings {
        endpoint: "http://127.0.0.1:4318/v1/traces".to_owned(),
        service_name: "goatkit".to_owned(),
        sample: 1.0,
        accept: false,
    };
    assert_eq!(telemetry, expect);
    let text = "
        [telemetry]
        otlp = \"http://collector:80\"
        service_name = \"help-desk\"
        sample = 0.25
        accept = true
    ";
    let telemetry = parse(text).unwrap().telemetry.unwrap();
    let expect = TelemetrySettings {
        endpoint: "http://collector:80/v1/traces".to_owned(),
        service_name: "help-desk".to_owned(),
        sample: 0.25,
        accept: true,
    };
    assert_eq!(telemetry, expect);
}

#[test]
fn what_is_wrong_is_named() {
    for (text, expect) in [
        ("databse = {}", "databse"),
        ("[database]\nurl = 1", "url"),
        ("[database]\nmax_bytes = \"much\"", "database.max_bytes"),
        ("[mail]\nuser = \"goat\"", "either `smtp` or `folder`"),
        (
            "[mail]\nsmtp = \"smtp://a\"\nuser = \"goat\"",
            "`user` and `password_file` go together",
        ),
        ("[cache]\nmemcached = 1", "memcached"),
        ("[site]\nurl = \"desk.example.com\"", "site.url"),
        ("[site]\nurl = \"ftp://desk.example.com\"", "site.url"),
        (
            "[site]\nurl = \"https://desk.example.com/below\"",
            "site.url",
        ),
        ("[pages]\n\"agent\" = \"public\"", "pages.agent"),
        ("[pages]\n\"/agent\" = \"everyone\"", "pages./agent"),
        ("[pages]\n\"/agent*\" = \"signed-in\"", "pages./agent*"),
        ("[pages]\n\"/*/agent\" = \"signed-in\"", "pages./*/agent"),
        ("[pages]\n\"//agent\" = \"signed-in\"", "pages.//agent"),
        (
            "[pages]\n\"/agent/{id}\" = \"signed-in\"",
            "pages./agent/{id}",
        ),
        ("[telemetry]\nsample = 1.0", "otlp"),
        (
            "[telemetry]\notlp = \"http://a:1\"\nheaders = 1",
            "line 3: unknown field `headers`",
        ),
        ("[telemetry]\notlp = \"https://a:1\"", "telemetry.otlp"),
        (
            "[telemetry]\notlp = \"http://a:1/v1/traces\"",
            "telemetry.otlp",
        ),
        ("[telemetry]\notlp = \"127.0.0.1:4318\"", "telemetry.otlp"),
        ("[telemetry]\notlp = \"http://b@a:1\"", "telemetry.otlp"),
        (
            "[telemetry]\notlp = \"http://a:1\"\nsample = 1.5",
            "telemetry.sample",
        ),
        (
            "[telemetry]\notlp = \"http://a:1\"\nsample = nan",
            "telemetry.sample",
        ),
        (
            "[telemetry]\notlp = \"http://a:1\"\nservice_name = \"\"",
            "telemetry.service_name",
        ),
        ("[config.My_Plugin]\na = 1", "config.My_Plugin"),
        ("[database", "line 1: "),
        (
            "\n[mail]\npassword = \"sesame\"",
            "line 3: unknown field `password`",
        ),
    ] {
        let error = parse(text).err().unwrap();
        assert!(error.contains(expect), "{text}: {error}");
    }
}

#[test]
fn a_secret_in_the_wrong_place_is_not_told() {
    for text in [
        "[mail]\npassword = \"sesame\"",
        "[cache]\nredis = redis://:sesame@127.0.0.1",
        "[cache]\nredis = [\"redis://:sesame@127.0.0.1\"]",
        "[mail]\nsmtp = \"smtp://a\"\ncertificates = \"sesame\"",
        "mail = \"sesame\"",
        "[config.stats]\ntoken = sesame",
    ] {
        let error = parse(text).err().unwrap();
        assert!(!error.contains("sesame"), "{text}: {error}");
        assert!(error.contains("line "), "{text}: {error}");
    }
}

#[test]
fn a_password_is_the_first_line_of_its_file() {
    let data = tempfile::tempdir().unwrap();
    for empty in ["", "\n", "\nsesame\n"] {
        fs::write(data.path().join("password"), empty).unwrap();
        let text = "mail = { smtp = \"smtp://a\", user = \"u\", password_file = \"password\" }";
        let error = Settings::parse(data.path(), text).err().unwrap();
        assert!(error.contains("its first line is empty"), "{error}");
    }
}
