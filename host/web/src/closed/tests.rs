#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use super::{MAX_DEPTH, Open, closed};

fn close(html: &str) -> Result<String, Open> {
    closed(html, Instant::now() + Duration::from_secs(60))
}

#[test]
fn what_is_closed_stays_as_it_is() {
    for html in [
        "",
        "just a text & more",
        "<p>a</p><ul><li>b</li></ul>",
        "<section class=\"notes\">\n  <h1>My notes</h1>\n  <br><img src=\"/a.png\" alt=\"\">\n</section>\n",
        "<form method=\"post\" action=\"/a\"><input name=\"b\"><button>Save</button></form>",
        "<table><thead><tr><th scope=\"col\">a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>",
        "<tr><td>a row for somebody's table</td></tr>",
        "<td>a cell</td><td>and another</td>",
        "<option value=\"1\">one</option><option>two</option>",
        "<svg viewBox=\"0 0 9 9\"><path d=\"M0 0\"></path><text>größe</text></svg>",
        "<script nonce=\"1\">if (a < b && c > d) e('</p>')</script><style>a > b { c: d }</style>",
        "<link rel=\"stylesheet\" href=\"/a.css\"><!-- a comment --><template><tr></tr></template>",
        "<textarea name=\"a\">\n\n two lines above &lt;b&gt;</textarea><pre>\n\nx</pre>",
        "<noscript><p>no scripts here</p></noscript>",
        "<p>a&nbsp;b &amp; c &lt;d&gt; \"e\"</p>",
    ] {
        assert_eq!(close(html).unwrap(), html);
    }
}

#[test]
fn what_is_open_is_closed() {
    let check = |html: &str, expect: &str| assert_eq!(close(html).unwrap(), expect, "{html}");
    check("<p>a<p>b", "<p>a</p><p>b</p>");
    check("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>");
    check(
        "<input required name=a>",
        "<input required=\"\" name=\"a\">",
    );
    check(
        "<form action=\"/steal\">",
        "<form action=\"/steal\"></form>",
    );
    // A form is closed although what it stood in was.
    check("<div><form></div>", "<div><form></form></div>");
    check("<a href=\"/x\">all", "<a href=\"/x\">all</a>");
    check("<p><b>a</p>", "<p><b>a</b></p>");
    check("<!-- a", "<!-- a-->");
    check("<textarea>a", "<textarea>a</textarea>");
    check("<select><option>a", "<select><option>a</option></select>");
    check("<script>a", "<script>a</script>");
    check("<title>a", "<title>a</title>");
    check("<svg><desc>a", "<svg><desc>a</desc></svg>");
    check("<p>a</p><img src=\"/a?", "<p>a</p>");
    check(
        "<table><tr><form><td>a",
        "<table><tbody><tr><form></form><td>a</td></tr></tbody></table>",
    );
}

#[test]
fn what_stands_around_it_is_neither_closed_nor_changed() {
    let check = |html: &str, expect: &str| assert_eq!(close(html).unwrap(), expect, "{html}");
    check("</form></main></body></html>", "");
    check("a</div></section>b", "ab");
    check("</td></tr></table>a", "a");
    check("</title></textarea></script></style><b>a</b>", "<b>a</b>");
    check("--><b>a</b>", "--&gt;<b>a</b>");
    check("<body onload=\"x\"><html lang=\"x\"><b>a</b>", "<b>a</b>");
    check("<frameset><frame src=\"/x\"></frameset>a", "a");
    check(
        "<!doctype html><head><title>x</title></head><p>a</p>",
        "<title>x</title><p>a</p>",
    );
}

#[test]
fn a_form_never_holds_the_fields_that_follow() {
    for open in [
        "<form action=\"/steal\">",
        "<form action=\"/steal\"><div>",
        "<div><form action=\"/steal\"></div>",
        "<table><form action=\"/steal\"></table>",
        "<table><tr><form action=\"/steal\"></tr>",
        "<p><form action=\"/steal\"><p></form><form action=\"/steal\">",
        "<form action=\"/a\"><div></form><form action=\"/steal\">",
        "<svg><foreignObject><form action=\"/steal\">",
        "<math><mtext><form action=\"/steal\"><mglyph><style></math>",
        "<noscript><form action=\"/steal\"></noscript>",
        "<template><form action=\"/steal\">",
        "<select><form action=\"/steal\">",
        "<button><form action=\"/steal\"></button>",
        "<a><form action=\"/steal\"><a>",
    ] {
        let html = close(open).unwrap();
        // Read with the application's form behind it, both are as they were.
        let own = "<form action=\"/own\"><input name=\"token\"></form>";
        let page = format!("<main>{html}</main>{own}");
        let read = close(&page).unwrap();
        assert!(read.ends_with(own), "{open}: {html}: {read}");
        assert_eq!(read, page, "{open}");
    }
}

#[test]
fn what_reads_in_two_ways_is_settled_or_refused() {
    assert_eq!(close("a<plaintext>b"), Err(Open::Endless));
    for html in [
        "<noscript><p title=\"</noscript><form action=/steal>\">",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;/mglyph&gt;&lt;img src=1&gt;\">",
        "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id=\"</style><img src=1>\">",
        "<svg></p><style><a id=\"</style><img src=1>\">",
        "<script><!--<script>",
        "<a>1<table><a>2</table>3",
        "<table><td><a><table><a>",
    ] {
        if let Ok(settled) = close(html) {
            assert_eq!(close(&settled).unwrap(), settled, "{html}");
            let page = format!("<main>{settled}</main><hr>");
            assert_eq!(close(&page).unwrap(), page, "{html}");
        }
    }
}

#[test]
fn what_is_too_much_is_refused() {
    let fits = MAX_DEPTH - 8;
    let deep = |depth: usize| format!("{}{}", "<div>".repeat(depth), "</div>".repeat(depth));
    assert_eq!(close(&deep(fits)).unwrap(), deep(fits));
    assert_eq!(close(&deep(MAX_DEPTH + 1)), Err(Open::Deep));
    assert_eq!(close(&"<div>".repeat(1_000_000)), Err(Open::Deep));
    assert_eq!(close(&"<br>".repeat(150_000)), Err(Open::Large));
    // Few bytes that ask for many elements: each paragraph opens all formatting again.
    let formats: String = (0..400).map(|at| format!("<b id={at}>")).collect();
    let many = format!("<p>{formats}</p>{}", "<p>x</p>".repeat(10_000));
    assert_eq!(close(&many), Err(Open::Large));
    // And few that ask for many bytes.
    let long = format!(
        "<p><b title=\"{}\">a</p>{}",
        "x".repeat(1000),
        "<p>b</p>".repeat(1000)
    );
    assert_eq!(close(&long), Err(Open::Large));
    let late = closed(&"<br>".repeat(10), Instant::now() - Duration::from_secs(1));
    assert_eq!(late, Err(Open::Late));
}

/// A figure for whoever wonders, printed with `--nocapture`.
#[test]
fn a_long_page_is_closed_as_it_was() {
    let row = "<tr><td class=\"a\">text &amp; more</td><td><a href=\"/a/b\">link</a></td></tr>\n";
    let rows = row.repeat(100 * 1024 / row.len());
    let page = format!("<table><tbody>{rows}</tbody></table>");
    let begin = Instant::now();
    assert_eq!(close(&page).unwrap(), page);
    println!("{} bytes closed in {:?}", page.len(), begin.elapsed());
}
