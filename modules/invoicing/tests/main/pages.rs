use serde_json::json;

use crate::{desk, path};

#[tokio::test]
async fn an_invoice_is_drafted_edited_sent_and_paid_with_forms_alone() {
    let mut desk = desk().await;
    let slug = desk.owner.slug.clone();
    let client = desk.client.to_string();
    let page = desk.owner.http.get(&desk.owner.path("invoices")).await.expect(200);
    assert!(page.text().contains("No invoices yet"));
    desk.owner.http.get(&desk.owner.path(&format!("invoices/new?client_id={client}"))).await.expect(200);
    let made = desk
        .owner
        .http
        .post(&desk.owner.path("invoices"), &[("client_id", &client), ("what", "empty")])
        .await
        .expect(303);
    let edit = made.location().to_owned();
    assert!(edit.ends_with("/edit"), "{edit}");
    let at = edit.trim_end_matches("/edit").to_owned();
    desk.owner.http.get(&edit).await.expect(200);
    let line = [
        ("lines.0.description", "Design"),
        ("lines.0.quantity", "2"),
        ("lines.0.unit_price_cents", "100,50"),
        ("version", "1"),
    ];
    let more = desk.owner.http.post(&at, &[&line[..], &[("do", "add")]].concat()).await.expect(200);
    assert!(
        more.text().contains("lines.1.description") && more.text().contains("201.00"),
        "the sum is shown before saving"
    );
    let wrong = desk
        .owner
        .http
        .post(&at, &[&line[..], &[("lines.1.unit_price_cents", "x"), ("do", "save")]].concat())
        .await
        .expect(422);
    assert!(wrong.text().contains("Design") && wrong.text().contains("Write an amount"));
    let saved = desk.owner.http.post(&at, &[&line[..], &[("do", "save")]].concat()).await.expect(303);
    assert_eq!(saved.location(), at);
    let shown = desk.owner.http.get(&at).await.expect(200);
    assert!(shown.text().contains("201.00") && shown.text().contains("Harbor"));
    let refused = desk
        .owner
        .http
        .post(&format!("{at}/send"), &[("to", "nonsense"), ("version", "2")])
        .await
        .expect(422);
    assert!(refused.text().contains("is no e-mail address"));
    desk.owner
        .http
        .post(&format!("{at}/send"), &[("to", "ada@harbor.example, bo@harbor.example"), ("version", "2")])
        .await
        .expect(303);
    assert_eq!(desk.mails().await.len(), 2);
    desk.owner
        .http
        .post(&format!("{at}/payments"), &[("amount_cents", "500"), ("method", "bank")])
        .await
        .expect(303);
    let shown = desk.owner.http.get(&at).await.expect(200);
    assert!(shown.text().contains("Paid"));
    for rest in
        ["invoices", "invoices?status=paid", "payments", "payments?unapplied=true", "settings/invoices"]
    {
        desk.owner.http.get(&format!("/app/{slug}/{rest}")).await.expect(200);
    }
    let of_client = desk.owner.http.get(&format!("/app/{slug}/clients/{client}/invoices")).await.expect(200);
    assert!(of_client.text().contains("INV-0001"));
    desk.world.settle().await;
    desk.proven().await;
}

#[tokio::test]
async fn what_is_ticked_in_the_preview_is_billed_and_nothing_else() {
    let mut desk = desk().await;
    let project = desk.project("Website").await;
    desk.approved_time(project, &[3_600, 7_200]).await;
    let client = desk.client.to_string();
    let waiting = desk.get(&format!("/api/billable?client_id={client}")).await;
    let page =
        desk.owner.http.get(&desk.owner.path(&format!("invoices/new?client_id={client}"))).await.expect(200);
    assert!(page.text().contains("300.00") && page.text().contains("Website"));
    let first = format!("time:{}", waiting["data"][0]["id"].as_str().unwrap());
    let none = desk
        .owner
        .http
        .post(&desk.owner.path("invoices"), &[("client_id", client.as_str())])
        .await
        .expect(422);
    assert!(none.text().contains("Tick what is to be billed"));
    let made = desk
        .owner
        .http
        .post(&desk.owner.path("invoices"), &[("client_id", client.as_str()), ("sources", &first)])
        .await
        .expect(303);
    let id = made.location().rsplit('/').next().unwrap().to_owned();
    assert_eq!(desk.get(&format!("/api/invoices/{id}")).await["total_cents"], 10_000);
    let again = desk
        .owner
        .http
        .post(&desk.owner.path("invoices"), &[("client_id", client.as_str()), ("sources", &first)])
        .await;
    assert!(again.expect(422).text().contains("on another invoice already"));
}

#[tokio::test]
async fn tax_rates_and_numbers_are_set_in_the_settings() {
    let mut desk = desk().await;
    let base = desk.owner.path("settings/invoices");
    let wrong = desk
        .owner
        .http
        .post(&format!("{base}/tax-rates"), &[("name", "VAT"), ("percent", "120")])
        .await
        .expect(422);
    assert!(wrong.text().contains("0 to 100"));
    desk.owner
        .http
        .post(&format!("{base}/tax-rates"), &[("name", "VAT"), ("percent", "19"), ("is_default", "on")])
        .await
        .expect(303);
    let again = desk
        .owner
        .http
        .post(&format!("{base}/tax-rates"), &[("name", "VAT"), ("percent", "7")])
        .await
        .expect(422);
    assert!(again.text().contains("a rate of this name already"));
    desk.owner
        .http
        .post(&format!("{base}/tax-rates"), &[("name", "Reduced"), ("percent", "7"), ("is_default", "on")])
        .await
        .expect(303);
    let rates = desk.get("/api/tax-rates").await;
    assert_eq!(
        (&rates["data"][0]["name"], &rates["data"][1]["is_default"]),
        (&json!("Reduced"), &json!(false))
    );
    desk.owner.http.post(&format!("{base}/number"), &[("next_number", "1000")]).await.expect(303);
    assert_eq!(desk.issued(100).await["invoice_number"], "INV-1000");
    desk.owner.http.post(&format!("{base}/number"), &[("next_number", "5")]).await.expect(422);
}

#[tokio::test]
async fn a_link_to_pay_is_shown_to_be_given_on() {
    let mut desk = desk().await;
    let invoice = desk.issued(100).await;
    let at = desk.owner.path(&format!("invoices/{}", path(&invoice).rsplit('/').next().unwrap()));
    let page = desk.owner.http.post(&format!("{at}/pay-link"), &[]).await.expect(200);
    assert!(page.text().contains("http://localhost:8080/i/"));
}
