// Pictures of the real program, over its sample data: for the landing page and for the documents.
// `node e2e/pictures.mjs` after `cargo build -p rapport`
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { desktop, linkIn, person, phone, sees, signUp, startBrowser, startRapport } from "./lib.mjs";
import * as steps from "./steps.mjs";

const landing = new URL("../app/pictures/", import.meta.url).pathname;
const docs = new URL("../docs/pictures/", import.meta.url).pathname;
mkdirSync(docs, { recursive: true });

const rapport = await startRapport();
const browser = await startBrowser();

async function shoot(page, path, { theme = "light", format = "webp", quality = 45 } = {}) {
  await page.emulateMedia({ colorScheme: theme });
  await page.evaluate(() => { document.getElementById("toasts")?.replaceChildren(); scrollTo(0, 0); });
  await page.mouse.move(0, 0);
  await page.waitForTimeout(400);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format, ...(format === "webp" ? { quality } : {}) });
  writeFileSync(path, Buffer.from(data, "base64"));
  await session.detach();
  console.log(`${path}: ${Math.round(statSync(path).size / 1024)} kB`);
}

try {
  const ada = await person(browser, { viewport: desktop });
  const base = `${rapport.url}/app/${await signUp(ada.page, rapport.url)}`;
  await ada.page.goto(linkIn(await rapport.mailTo("ada@northlight.example", "Confirm"), "/verify/"));
  await ada.page.getByRole("button", { name: "Confirm" }).click();
  await ada.page.waitForLoadState();
  await ada.page.goto(base);
  await ada.page.getByRole("button", { name: "Add sample data" }).click();
  await sees(ada.page, "You are looking at sample data");

  await ada.page.goto(`${base}/deals`);
  await shoot(ada.page, `${landing}board.webp`);
  await shoot(ada.page, `${landing}board-dark.webp`, { theme: "dark" });

  await steps.setUpMoney(ada.page, base, { rate: "95.00", bank: "Northlight Studio\nIBAN DE02 1203 0000 0000 2020 51" });
  await ada.page.goto(`${base}/invoices`);
  await ada.page.locator("main tbody .row-link").first().click();
  await ada.page.getByRole("link", { name: "Send", exact: true }).waitFor();
  const invoice = ada.page.url();
  await steps.sendInvoice(ada.page, invoice);
  await ada.page.goto(invoice);
  await shoot(ada.page, `${landing}invoice.webp`);

  await ada.page.goto(`${base}/portals`);
  await ada.page.locator("main .row-link").first().click();
  await ada.page.getByRole("link", { name: "Share", exact: true }).click();
  await ada.page.getByRole("dialog", { name: "Share this portal" }).getByRole("button", { name: "Make link" }).click();
  const link = await ada.page.locator("[data-copy*='/portal/']").first().getAttribute("data-copy");
  const guest = await person(browser, { viewport: phone, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  await steps.enterPortal(guest.page, link);
  await shoot(guest.page, `${landing}portal-phone.webp`, { quality: 75 });

  await ada.page.goto(base);
  await shoot(ada.page, `${docs}dashboard.png`, { format: "png" });
} finally {
  await browser.close();
  await rapport.stop();
}
