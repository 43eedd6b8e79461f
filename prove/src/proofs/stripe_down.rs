//! Stripe is away.

use std::time::Duration;

use anyhow::{Context, Result};
use futures::FutureExt;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{poison_job::until, verdict};
use crate::{
    Ground, Line, Proof,
    account::Account,
    browser::{Browser, ORIGIN, Page},
    load::Load,
    stripe::{Mood, Played, SECRET, tell},
};

pub const PROOF: Proof = Proof {
    name: "stripe-down",
    does: "Invoices can be paid by card at a server that plays Stripe (none that can be installed knows checkout pages). It is silent for 24 seconds, then gone, then does what it is asked and says 500, then takes three seconds, twelve seconds each, while clients try to pay, others work, and Stripe's webhooks come late and thrice. Then it is well again.",
    tried: |ground| tried(ground).boxed_local(),
};

const ILL: Duration = Duration::from_secs(12);
const LIMIT: Duration = Duration::from_secs(10);
const SAID: &str = "Online payment does not answer";

/// What a client with a portal sees and does.
struct Guest {
    browser: Browser,
    portal: String,
}

/// What happened while Stripe was ill.
#[derive(Default)]
struct Seen {
    tries: usize,
    refused: usize,
    longest: Duration,
    pages: usize,
    slowest_page: Duration,
    wrong: Vec<String>,
}

async fn tried(ground: &Ground) -> Result<Vec<Line>> {
    let mut stripe = Played::start().await?;
    let mut installation = ground.installation("stripe-down")?;
    installation.launch = installation
        .launch
        .with("STRIPE_SECRET_KEY", "sk_test_prove")
        .with("STRIPE_API_BASE", &format!("http://{}", stripe.address))
        .with("STRIPE_WEBHOOK_SECRET", SECRET);
    let (mut program, _) = installation.start().await?;
    let at = installation.launch.address.clone();
    let account = Account::sign_up(&at, "stripe-down").await?;
    let owner = installation.owner().await?;
    let mut guest = Guest::come(&account, &at).await?;

    // Two pages stand open when it begins: one is paid meanwhile, and one was paid before.
    let (late, early) = (issued(&account, &at).await?, issued(&account, &at).await?);
    for invoice in [&late, &early] {
        account.call(&at, "POST", &format!("/api/invoices/{invoice}/pay-link"), None).await?;
    }
    tell(&at, &stripe.paid(&early, "pi_early")?).await?;
    let paid = "select count(*) from invoicing.payments where provider_payment_id = 'pi_early'";
    until("a card payment is written down", Duration::from_secs(30), async || {
        Ok(owner.query_one(paid, &[]).await?.get::<_, i64>(0) == 1)
    })
    .await?;
    let payment = "select id::text from invoicing.payments where provider_payment_id = 'pi_early'";
    let payment: String = owner.query_one(payment, &[]).await?.get(0);

    let load = Load::start(&[&at], &account, 3);
    let mut seen = Seen::default();
    let event = stripe.paid(&late, "pi_late")?;
    let mut taken = Vec::new();
    for mood in [Mood::Silent, Mood::Away, Mood::Broken, Mood::Slow] {
        stripe.becomes(mood).await?;
        if mood != Mood::Slow {
            let began = Instant::now();
            taken.push((tell(&at, &event).await?, began.elapsed()));
        }
        if mood == Mood::Silent {
            let refund = json!({"amount_cents": 1_000, "reason": "Half of it was not needed"});
            account.call(&at, "POST", &format!("/api/payments/{payment}/refund"), Some(refund)).await?;
        }
        let (began, ill) = (Instant::now(), if mood == Mood::Silent { ILL * 2 } else { ILL });
        while began.elapsed() < ill {
            guest.tries(&account, &at, mood, &mut seen).await?;
            sleep(Duration::from_millis(300)).await;
        }
    }
    stripe.becomes(Mood::Well).await?;
    let well = Instant::now();
    let invoice = issued(&account, &at).await?;
    let pays = until("an invoice can be paid", Duration::from_secs(120), async || {
        let link = format!("/api/invoices/{invoice}/pay-link");
        Ok(account.call(&at, "POST", &link, None).await.is_ok())
    })
    .await?;
    let count = async |sql: &str| -> Result<i64> { Ok(owner.query_one(sql, &[]).await?.get(0)) };
    let late_money = "select count(*) from invoicing.payments where provider_payment_id = 'pi_late'";
    let waiting = "select count(*) from invoicing.refunds where status <> 'succeeded'";
    let open = "select count(*) from invoicing.stripe_events where processed_at is null";
    until("the late webhook and the refund are done", Duration::from_secs(600), async || {
        Ok(count(late_money).await? == 1 && count(waiting).await? == 0 && count(open).await? == 0)
    })
    .await?;
    let caught_up = well.elapsed();
    let all = load.stop().await;

    let twice = count(
        "select count(*) from (select 1 from invoicing.payments where provider is not null
        group by provider_payment_id having count(*) > 1) twice",
    )
    .await?;
    let (pages, wishes, refunds) = stripe.opened();
    let late_taken = taken.iter().all(|(status, took)| *status == 200 && *took < Duration::from_secs(1));
    let longest_taken = taken.iter().map(|(_, took)| *took).max().unwrap_or_default();
    let longest = seen.longest.max(all.longest);
    let mut lines = vec![
        verdict::within("no request takes > 10 s", LIMIT, longest),
        Line::none(
            "who cannot pay is told so on the page, beside the button (503)",
            &seen.wrong,
            format!("{} tried to pay, {} of them were told", seen.tries, seen.refused),
        ),
        Line::new(
            "the portal stands",
            seen.pages > 0 && seen.slowest_page < Duration::from_secs(2),
            format!("{} pages, the longest after {}", seen.pages, verdict::seconds(seen.slowest_page)),
        ),
        verdict::on_other_work("all other work goes on", &all),
        Line::new(
            "webhooks are taken < 1 s although Stripe cannot be asked",
            late_taken,
            format!("{} of them, the longest {}", taken.len(), verdict::seconds(longest_taken)),
        ),
        verdict::within("paying works again < 30 s after Stripe is well", Duration::from_secs(30), pays),
        verdict::within(
            "late webhooks and refunds are worked off < 5 min after",
            Duration::from_secs(300),
            caught_up,
        ),
        Line::new(
            "nothing is charged, counted or given back twice",
            twice == 0 && pages == wishes && refunds == 1,
            format!("{pages} pages for {wishes} wishes, 2 card payments and {refunds} refund, each once"),
        ),
    ];
    lines.extend(verdict::on_what_was_written(&all, &owner, account.workspace, &installation).await?);
    lines.push(verdict::on_the_process(&mut program)?);
    program.stop().await?;
    Ok(lines)
}

/// An issued invoice of the account's client.
async fn issued(account: &Account, at: &str) -> Result<String> {
    let draft = json!({
        "client_id": account.client,
        "lines": [{"description": "Work", "quantity": 2, "unit_price_cents": 4_500}],
    });
    let invoice: Value = account.call(at, "POST", "/api/invoices", Some(draft)).await?;
    let id = invoice["id"].as_str().context("an invoice has an id")?.to_owned();
    account.call(at, "POST", &format!("/api/invoices/{id}/issue"), Some(json!({}))).await?;
    Ok(id)
}

impl Guest {
    async fn come(account: &Account, at: &str) -> Result<Self> {
        let contact =
            json!({"client_id": account.client, "name": "Carla Client", "email": "carla@client.example"});
        account.call(at, "POST", "/api/contacts", Some(contact)).await?;
        let portal = json!({"client_id": account.client});
        let portal = account.call(at, "POST", "/api/portals", Some(portal)).await?;
        let portal = portal["id"].as_str().context("a portal has an id")?.to_owned();
        let link = account.call(at, "POST", &format!("/api/portals/{portal}/links"), Some(json!({}))).await?;
        let link = link["url"].as_str().context("a link has an address")?.replace(ORIGIN, "");
        let mut browser = Browser::default();
        browser.enter(at, &link).await?;
        Ok(Self { browser, portal })
    }

    /// Looks at an invoice and tries to pay it.
    async fn tries(&mut self, account: &Account, at: &str, mood: Mood, seen: &mut Seen) -> Result<()> {
        let invoice = issued(account, at).await?;
        let here = format!("/portal/{}/invoices/{invoice}", self.portal);
        let page = self.browser.get(at, &here).await?;
        seen.look(&page, &format!("the page: {}", page.status));
        let answer = self.browser.post(at, &format!("{here}/pay"), &page).await?;
        seen.tries += 1;
        seen.longest = seen.longest.max(answer.took);
        let paying = answer.status == 303 && answer.location.starts_with("https://pay.example/");
        let told = answer.status == 503 && answer.text.contains(SAID) && answer.text.contains("Pay now");
        seen.refused += usize::from(told);
        // One that is only slow is waited for, once it is not left alone any more.
        if !(told || paying && mood == Mood::Slow) {
            seen.wrong.push(format!("{mood:?}: {} {}", answer.status, answer.location));
        }
        Ok(())
    }
}

impl Seen {
    fn look(&mut self, page: &Page, what: &str) {
        self.pages += 1;
        self.slowest_page = self.slowest_page.max(page.took);
        if page.status != 200 {
            self.wrong.push(what.to_owned());
        }
    }
}
