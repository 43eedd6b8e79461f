use super::*;

fn brand() -> Brand {
    Brand { name: "Studio <Nord>".into(), color: "#0f766e".into(), logo_url: None }
}

fn invoice() -> Letter {
    Letter::new("Invoice\r\n INV-1")
        .greeting("Hello Ada,")
        .line("Here is your invoice.\nThank you.")
        .facts([("Amount", "1,200.00 €"), ("Due", "5 December 2026")])
        .button("Pay now", "https://pay.example/i/1?a=1&b=2")
        .quote("First line\nsecond line")
        .code("123 456")
        .small("Questions? Just answer.")
        .footer("Studio Nord, Example Street 1")
        .unsubscribe("https://app.example/u/abc")
}

#[test]
fn one_letter_says_the_same_as_text_and_as_html() {
    let rendered = invoice().render(&brand());
    assert_eq!(rendered.subject, "Invoice INV-1");
    assert_eq!(
        rendered.text,
        "Hello Ada,\n\nHere is your invoice.\nThank you.\n\nAmount: 1,200.00 €\nDue: 5 December 2026\n\n\
         Pay now:\nhttps://pay.example/i/1?a=1&b=2\n\n> First line\n> second line\n\n    123 456\n\n\
         Questions? Just answer.\n\n-- \nStudio <Nord>\nStudio Nord, Example Street 1\n\
         Unsubscribe: https://app.example/u/abc\n"
    );
    for part in [
        "Hello Ada,",
        "Here is your invoice.<br>Thank you.",
        "href=\"https://pay.example/i/1?a=1&amp;b=2\"",
        "1,200.00 €",
        "First line<br>second line",
        "123 456",
        "Studio &lt;Nord&gt;",
        "border-top:4px solid #0f766e",
        "prefers-color-scheme:dark",
        "https://app.example/u/abc",
    ] {
        assert!(rendered.html.contains(part), "{part}");
    }
    assert_eq!(rendered.headers[0].1, "<https://app.example/u/abc>");
    assert_eq!(rendered.headers[1].1, "List-Unsubscribe=One-Click");
}

#[test]
fn no_text_becomes_markup() {
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=1>";
    let html = Letter::new(evil)
        .language(evil)
        .preheader(evil)
        .greeting(evil)
        .line(evil)
        .button(evil, "https://a.example/\"onmouseover=1")
        .button(evil, "javascript:alert(1)")
        .quote(evil)
        .code(evil)
        .facts([(evil, evil)])
        .small(evil)
        .footer(evil)
        .unsubscribe("javascript:alert(1)")
        .render(&Brand { name: evil.into(), color: evil.into(), logo_url: Some(evil.into()) });
    assert!(!html.html.contains("<script") && !html.html.contains("<img"), "{}", html.html);
    assert!(!html.html.contains("javascript:") && !html.html.contains("\"onmouseover"));
    assert!(html.headers.is_empty());
}

#[test]
fn the_button_can_be_read_on_any_colour() {
    assert!(button("x", "https://a.example", "#ffff00").contains("color:#18181b"));
    assert!(button("x", "https://a.example", "#0f172a").contains("color:#ffffff"));
    assert!(button("x", "https://a.example", "red;}").contains("#1d4ed8"));
    assert!(!button("x", "ftp://a.example", "#000000").contains("href"));
}

#[test]
fn a_logo_is_shown_only_over_tls() {
    let with = |url: &str| {
        let brand = Brand { logo_url: Some(url.into()), ..brand() };
        layout(&brand, "", &paragraph("x"), &["foot".into()])
    };
    assert!(with("https://a.example/l.png").contains("<img src=\"https://a.example/l.png\""));
    assert!(!with("http://a.example/l.png").contains("<img"));
    assert!(with("http://a.example/l.png").contains("foot"));
}
