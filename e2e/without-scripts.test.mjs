// The critical path as plain HTML: every script is switched off.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chapters, linkIn, person, phone, sees, signUp, startBrowser, startRapport } from "./lib.mjs";
import * as steps from "./steps.mjs";

const client = { company: "Harbor & Pine", contact: "Ines Calloway", email: "ines@harborpine.example" };
const design = { name: "menu.txt", mimeType: "text/plain", buffer: Buffer.from("The new menu.\n") };

let rapport, browser;
before(async () => {
  rapport = await startRapport();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await rapport?.stop();
});

test("from sign-up to a paid invoice without a script", async (t) => {
  const ada = await person(browser, { scripts: false });
  const ben = await person(browser, { scripts: false });
  const ines = await person(browser, { scripts: false, viewport: phone });
  const tell = chapters(t, ada, ben, ines);
  const base = `${rapport.url}/app/${await signUp(ada.page, rapport.url)}`;
  let clientPage, project, invoice, place;

  await tell("a client and a deal that is won", async () => {
    await steps.setUpMoney(ada.page, base, { rate: "80", bank: "IBAN DE02 1203 0000 0000 2020 51" });
    clientPage = await steps.addClient(ada.page, base, client);
    await steps.addDeal(ada.page, base, { title: "Menu and signs", client: client.company, value: "4000" });
    await steps.moveTo(ada.page, base, "Menu and signs", "Won");
    project = await steps.openProject(ada.page, base, "Menu and signs");
  });

  await tell("a colleague joins and hands in his time", async () => {
    await steps.invite(ada.page, base, "ben@northlight.example");
    await steps.join(ben.page, linkIn(await rapport.mailTo("ben@northlight.example", "invites you"), "/invitations/"), { name: "Ben Okafor" });
    await steps.addToTeam(ada.page, project, "Ben Okafor");
    await steps.addTask(ada.page, project, { title: "Set the menu", assignee: "Ben Okafor" });
    await steps.startTimer(ben.page, base, { task: "Set the menu", words: "A first look" });
    await ben.page.waitForTimeout(1100);
    await steps.stopTimer(ben.page, base, "A first look");
    await steps.logTime(ben.page, base, { task: "Set the menu", words: "Type and grid", duration: "2.5" });
    await steps.submitWeek(ben.page, base);
    await steps.approveWeek(ada.page, base, "Ben Okafor");
  });

  await tell("the invoice is drafted and sent", async () => {
    await steps.reachMilestone(ada.page, project);
    invoice = await steps.draftInvoice(ada.page, base, client.company);
    await steps.sendInvoice(ada.page, invoice);
  });

  await tell("the client approves, writes and sees how to pay", async () => {
    await steps.sharePortal(ada.page, base, { client: client.company, contact: client.contact });
    await steps.sendDeliverable(ada.page, project, { title: "Menu", file: design });
    place = await steps.enterPortal(ines.page, linkIn(await rapport.mailTo(client.email, "Your portal"), "/portal/"));
    await steps.approveDeliverable(ines.page, place, "Menu");
    await steps.writeMessage(ines.page, place, "Just right.");
    await ines.page.goto(`${place}/invoices`);
    await ines.page.locator("main .row-link").first().click();
    await sees(ines.page, "DE02 1203 0000 0000 2020 51");
  });

  await tell("the payment is recorded", async () => {
    await steps.recordPayment(ada.page, invoice);
    await ada.page.goto(clientPage);
    await sees(ada.page.locator("main"), /settled invoice/);
  });

  await tell("a form that is not filled in says what is missing", async () => {
    await ada.page.goto(`${base}/expenses/new`);
    await ada.page.getByLabel("What for").evaluate((field) => { field.form.noValidate = true; });
    await ada.page.getByLabel("What for").fill("Paper");
    const [answer] = await Promise.all([
      ada.page.waitForResponse((response) => response.request().method() === "POST"),
      ada.page.getByRole("button", { name: "Submit" }).click(),
    ]);
    assert.equal(answer.status(), 422);
    assert.equal(await ada.page.getByLabel("What for").inputValue(), "Paper");
  });
});
