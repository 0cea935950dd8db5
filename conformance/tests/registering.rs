//! While a plugin registers, every room but the log answers `unavailable`, whatever is granted:
//! no row of the table can see that, because a row is a call.

use goatkit_test_support::{DataFolder, Package, TestHost};

#[tokio::test]
async fn no_room_that_can_be_granted_answers_while_a_plugin_registers() {
    let asks = Package::of_guest("calls_rooms_in_register")
        .line("capabilities:")
        .line("  db: { own: true }")
        .line(r#"  app: ["*"]"#)
        .line(r#"  http: ["GET http://127.0.0.1/*"]"#)
        .line(r#"  mail: { from: a@example.com, to: ["*"] }"#)
        .line("  cache: { bytes: 1MiB }")
        .line("  schedule: { jobs: 1 }")
        .line("  plugins: [kb]")
        .line("  events: [a]")
        .line("config: { properties: { greeting: { type: string, default: Hello } } }");
    let host = TestHost::on(&DataFolder::with(&[asks]));
    let active = host.find("calls-rooms-in-register").await.unwrap();
    let items = &active.registration.menu_items;
    assert_eq!(items.len(), 22, "every function was asked");
    for item in items {
        let expect = "unavailable: gk-register is a pure function of the package";
        assert!(
            item.label.starts_with(expect),
            "{}: {}",
            item.path,
            item.label
        );
    }
}
