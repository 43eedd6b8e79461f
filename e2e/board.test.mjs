// The board of those who may look at deals and not move them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { found, join, password } from "./roles.mjs";
import { person, startBrowser, startRapport } from "./lib.mjs";
import { pull } from "./steps.mjs";

let rapport, browser;
before(async () => {
  rapport = await startRapport({ RAPPORT_API_PER_MINUTE: "100000" });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await rapport?.stop();
});

test("a card stays where it is for those who may not move it", async () => {
  const ada = await found(rapport);
  const { email } = await join(rapport, ada, "viewer");
  const { page } = await person(browser);
  await page.goto(`${rapport.url}/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(/\/app\//);

  const base = `${rapport.url}/app/${ada.slug}`;
  await page.goto(`${base}/deals`);
  const columns = page.locator("section.column");
  const from = columns.filter({ has: page.locator(".bcard") }).first();
  const stage = await columns.last().getByRole("heading").innerText();
  const title = await from.locator(".bcard-title").first().innerText();
  const posts = [];
  page.on("request", (request) => request.method() === "POST" && posts.push(request.url()));
  await pull(page, title, stage);
  assert.equal(await from.locator(".bcard", { hasText: title }).count(), 1, `${title} is still in its column`);
  assert.deepEqual(posts, []);
});
