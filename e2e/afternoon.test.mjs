// The main job in one afternoon: three people, each in a browser of their own, with scripts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chapters, linkIn, liveOn, person, phone, sees, signUp, startBrowser, startRapport } from "./lib.mjs";
import * as steps from "./steps.mjs";

const client = { company: "Lumen Dental", contact: "Sofia Brandt", email: "sofia@lumendental.example" };
const design = { name: "homepage.png", mimeType: "image/png", buffer: Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64") };

let rapport, browser;
before(async () => {
  rapport = await startRapport();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await rapport?.stop();
});

test("an afternoon from sign-up to a paid invoice, live on every screen", async (t) => {
  const ada = await person(browser);
  const base = `${rapport.url}/app/${await signUp(ada.page, rapport.url)}`;
  // Her second screen, another machine at the same desk.
  const wall = await person(browser, { storageState: await ada.context.storageState() });
  const ben = await person(browser);
  const sofia = await person(browser, { viewport: phone, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  const tell = chapters(t, ada, wall, ben, sofia);
  const live = async (what, shown, act) => t.diagnostic(`${what}: ${await liveOn(wall.page, shown, act)} ms`);
  const on = (text) => wall.page.locator("main").getByText(text);
  let clientPage, project, invoice, number, portal, deliverable, sofiasPlace;

  await tell("the dashboard shows the first steps", async () => {
    await sees(ada.page, "First steps");
    await steps.setUpMoney(ada.page, base, { rate: "95.00", bank: "Northlight Studio\nIBAN DE02 1203 0000 0000 2020 51" });
  });

  await tell("a client is added, and stands in the list on the other screen", async () => {
    await wall.page.goto(`${base}/clients`);
    await live("client", on(client.company), async () => { clientPage = await steps.addClient(ada.page, base, client); });
  });

  await tell("deals are moved with the mouse and with the menu", async () => {
    await steps.addDeal(ada.page, base, { title: "Website rebuild", client: client.company, value: "12000" });
    await steps.addDeal(ada.page, base, { title: "Care plan", client: client.company, value: "2400" });
    await wall.page.goto(`${base}/deals`);
    await live("moved by menu", steps.column(wall.page, "Proposal").locator(".bcard", { hasText: "Care plan" }), () => steps.moveTo(ada.page, base, "Care plan", "Proposal"));
    await live("won by mouse", steps.column(wall.page, "Won").locator(".bcard", { hasText: "Website rebuild" }), () => steps.drag(ada.page, base, "Website rebuild", "Won"));
  });

  await tell("the project of the won deal stands there with its tasks", async () => {
    project = await steps.openProject(ada.page, base, "Website rebuild");
    await ada.page.goto(`${project}/board`);
    assert.ok((await ada.page.locator(".bcard").count()) > 3);
  });

  await tell("a colleague is invited and joins in a browser of his own", async () => {
    await wall.page.goto(`${base}/settings/team`);
    await steps.invite(ada.page, base, "ben@northlight.example");
    const mail = await rapport.mailTo("ben@northlight.example", "invites you");
    await live("joined", wall.page.locator("main").getByText("Ben Okafor"), () => steps.join(ben.page, linkIn(mail, "/invitations/"), { name: "Ben Okafor" }));
    await steps.addToTeam(ada.page, project, "Ben Okafor");
  });

  await tell("a task is his, and he times it", async () => {
    await ben.page.goto(`${base}/my-work`);
    t.diagnostic(`task: ${await liveOn(ben.page, ben.page.locator("main").getByText("Draw the homepage"), () => steps.addTask(ada.page, project, { title: "Draw the homepage", assignee: "Ben Okafor" }))} ms`);
    await steps.startTimer(ben.page, base, { task: "Draw the homepage", words: "First sketches" });
    await ben.page.waitForTimeout(1500);
    await steps.stopTimer(ben.page, base, "First sketches");
  });

  await tell("he writes down more by hand, claims an expense and hands in the week", async () => {
    await steps.logTime(ben.page, base, { task: "Draw the homepage", words: "Layout and type", duration: "3:30" });
    await steps.claimExpense(ben.page, base, { project: "Website rebuild", what: "Photography", amount: "120.00" });
    await wall.page.goto(`${base}/time/approvals`);
    await live("handed in", wall.page.locator("main tr").getByText("Ben Okafor"), () => steps.submitWeek(ben.page, base));
  });

  await tell("she approves both, and his screen says so", async () => {
    await ben.page.goto(`${base}/time`);
    t.diagnostic(`approved: ${await liveOn(ben.page, ben.page.locator("main").getByText("Approved by"), () => steps.approveWeek(ada.page, base, "Ben Okafor"))} ms`);
    await steps.approveExpense(ada.page, base, "Photography");
  });

  await tell("a milestone is reached", () => steps.reachMilestone(ada.page, project));

  await tell("one click drafts the invoice from time, expense and milestone", async () => {
    await wall.page.goto(`${base}/invoices`);
    await live("draft", wall.page.locator("main tbody").getByText(client.company), async () => { invoice = await steps.draftInvoice(ada.page, base, client.company); });
    for (const line of ["Draw the homepage", "Photography"]) await sees(ada.page.locator("main"), line);
  });

  await tell("it is a PDF, and goes out by mail with a number", async () => {
    await wall.page.goto(invoice);
    await live("sent", on("Sent"), async () => { number = await steps.sendInvoice(ada.page, invoice); });
    const pdf = await ada.page.request.get(`${invoice}/pdf`);
    assert.equal((await pdf.body()).subarray(0, 5).toString(), "%PDF-");
    const mail = await rapport.mailTo(client.email, "Invoice");
    assert.match(mail, new RegExp(number.match(/\S*\d+/)[0]));
  });

  await tell("a deliverable goes to the client, and a portal opens for her", async () => {
    // News of the link's own making, however late, must not refresh away what is shown only once.
    await ada.page.route("**/*", async (route) => {
      if (route.request().headers()["x-live"]) await new Promise((done) => setTimeout(done, 500));
      await route.continue();
    });
    portal = await steps.sharePortal(ada.page, base, { client: client.company, contact: client.contact });
    await ada.page.waitForTimeout(1_500);
    await ada.page.getByRole("button", { name: "Copy link" }).waitFor();
    await ada.page.unroute("**/*");
    deliverable = await steps.sendDeliverable(ada.page, project, { title: "Homepage design", file: design });
  });

  await tell("on her phone, without an account, she sees how far things are", async () => {
    const mail = await rapport.mailTo(client.email, "Your portal");
    await wall.page.goto(portal);
    await live("visit", on(client.contact).or(on("opened")), async () => { sofiasPlace = await steps.enterPortal(sofia.page, linkIn(mail, "/portal/")); });
    await sees(sofia.page, "Waiting for you");
    await sofia.page.getByRole("link", { name: "See all" }).first().click();
    await sees(sofia.page.locator("main"), "Website rebuild");
  });

  await tell("she approves the design", async () => {
    await wall.page.goto(deliverable);
    await live("approval", wall.page.locator("main").getByText("Approved", { exact: true }), () => steps.approveDeliverable(sofia.page, sofiasPlace, "Homepage design"));
  });

  await tell("she writes, the team answers, and she sees it", async () => {
    await wall.page.goto(`${base}/inbox`);
    await live("message", on(/lovely/), () => steps.writeMessage(sofia.page, sofiasPlace, "This is lovely, thank you!"));
    await ada.page.goto(`${base}/inbox`);
    await ada.page.locator("main").getByRole("link", { name: new RegExp(client.company) }).first().click();
    await ada.page.getByLabel("Your message").fill("Glad you like it.");
    t.diagnostic(`answer: ${await liveOn(sofia.page, sofia.page.locator(".message", { hasText: "Glad you like it." }), () => ada.page.getByRole("button", { name: "Send" }).click())} ms`);
  });

  await tell("she opens the invoice and sees how to pay", async () => {
    await sofia.page.goto(`${sofiasPlace}/invoices`);
    await sofia.page.locator("main .row-link").first().click();
    await sees(sofia.page, "DE02 1203 0000 0000 2020 51");
  });

  await tell("the payment is recorded; both sides see the invoice as paid", async () => {
    await wall.page.goto(clientPage);
    await live("paid", on(/settled invoice/), () => steps.recordPayment(ada.page, invoice));
    await sees(sofia.page.locator("main"), "Paid");
  });

  await tell("the client's page shows the revenue and the whole afternoon", async () => {
    await ada.page.goto(clientPage);
    for (const text of [/won the deal/, /approved version 1/, /opened the portal/, /recorded a payment/]) await sees(ada.page.locator("main"), text);
    await ada.page.goto(base);
    await sees(ada.page, "Received this month");
  });
});
