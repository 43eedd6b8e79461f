// Every page there is, over the sample data: it answers, nobody is shut out, nothing is wider than the screen.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { desktop, person, phone, program, sees, signUp, startBrowser, startRapport, violations } from "./lib.mjs";

// Answers that are no pages: streams, files, data; and pages behind a token from a mail.
const noPages = /\/(stream|palette|brand\.css|logo|export|pdf|download|file|\{token\}|\{number\}|\{name\}|openapi\.json)(\/|$)|^\/app$|\/files\/\{id\}$/;
const routes = JSON.parse(execFileSync(program, ["routes", "--json"], { encoding: "utf8" }))
  .filter(({ method, path }) => method === "GET" && (!path.startsWith("/api/") || path === "/api/docs") && !noPages.test(path))
  .map(({ path }) => path);
const narrow = { width: 360, height: 780 };

let rapport, browser, ada, guest, slug;

before(async () => {
  rapport = await startRapport();
  browser = await startBrowser();
  ada = await person(browser);
  slug = await signUp(ada.page, rapport.url);
  await ada.page.getByRole("button", { name: "Add sample data" }).click();
  await sees(ada.page, "You are looking at sample data");
});
after(async () => {
  await browser?.close();
  await rapport?.stop();
});

const pattern = (route) => new RegExp(`^${route.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "([^/]+)")}$`);

/** Follows links from the pages without ids until each kind of page has an address. */
async function addresses(page, wanted, first) {
  const found = new Map();
  const queue = [...first];
  const read = new Set();
  const routeOf = (path) => wanted.find((route) => route === path) ?? wanted.find((route) => pattern(route).test(path) && !wanted.includes(path));
  while (queue.length && found.size < wanted.length) {
    const path = queue.shift();
    if (read.has(path)) continue;
    read.add(path);
    const answer = await page.request.get(rapport.url + path);
    if (!answer.ok()) continue;
    const html = await answer.text();
    const here = new URL(answer.url()).pathname;
    for (const [, href] of html.matchAll(/href="([^"]+)"/g)) {
      const url = new URL(href.replaceAll("&amp;", "&"), answer.url());
      if (url.origin !== new URL(rapport.url).origin) continue;
      const route = routeOf(url.pathname);
      if (!route || found.has(route)) continue;
      found.set(route, url.pathname);
      queue.push(url.pathname);
    }
    const route = routeOf(here);
    if (route && !found.has(route)) found.set(route, here);
  }
  return found;
}

/** Looks at one page in both themes and at three widths. */
async function look(who, path) {
  const { page } = who;
  const before = who.errors().length;
  await page.setViewportSize(desktop);
  await page.emulateMedia({ colorScheme: "light" });
  const answer = await page.goto(rapport.url + path);
  assert.equal(answer.status(), 200);
  const faults = [];
  const note = async (where, rules) => faults.push(...(await violations(page, rules)).map((line) => `${where}: ${line}`));
  await note("desktop, light");
  await page.emulateMedia({ colorScheme: "dark" });
  await note("desktop, dark", ["color-contrast"]);
  await page.setViewportSize(phone);
  await note("phone, dark");
  await page.emulateMedia({ colorScheme: "light" });
  await note("phone, light", ["color-contrast"]);
  await page.setViewportSize(narrow);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) faults.push(`at 360 pixels the page is ${wide} too wide`);
  faults.push(...who.errors().slice(before));
  assert.deepEqual(faults, []);
}

test("every page of the team is whole, open to all, and as narrow as a phone", async (t) => {
  const mine = routes.filter((route) => !route.startsWith("/portal/")).map((route) => route.replace("{workspace}", slug));
  const plain = mine.filter((route) => !route.includes("{"));
  const found = await addresses(ada.page, mine, [`/app/${slug}`, ...plain]);
  for (const path of plain) found.set(path, path);
  for (const [route, path] of [...found].sort()) await t.test(route, () => look(ada, path));
  assert.deepEqual(mine.filter((route) => !found.has(route)), [], "pages that no link leads to");
});

test("every page of a portal is whole, open to all, and as narrow as a phone", async (t) => {
  const { page } = ada;
  await page.setViewportSize(desktop);
  await page.goto(`${rapport.url}/app/${slug}/portals`);
  await page.locator("main .row-link").first().click();
  await page.getByRole("link", { name: "Share" }).click();
  const dialog = page.getByRole("dialog", { name: "Share this portal" });
  await dialog.getByRole("button", { name: "Make link" }).click();
  const link = await page.locator("[data-copy*='/portal/']").first().getAttribute("data-copy");
  guest = await person(browser);
  await guest.page.goto(link);
  await look(guest, new URL(link).pathname);
  await guest.page.getByRole("button", { name: "Open the portal" }).click();
  await guest.page.waitForURL(/\/portal\/[^/]+$/);
  const home = new URL(guest.page.url()).pathname;
  const theirs = routes.filter((route) => route.startsWith("/portal/")).map((route) => route.replace("{portal_id}", home.split("/")[2]));
  const plain = theirs.filter((route) => !route.includes("{"));
  const found = await addresses(guest.page, theirs, [home, ...plain]);
  for (const path of plain) found.set(path, path);
  for (const [route, path] of [...found].sort()) await t.test(route, () => look(guest, path));
});
