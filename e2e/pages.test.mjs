// Every page there is, over the sample data: it answers, nobody is shut out, nothing is wider than the screen.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { desktop, linkIn, person, phone, program, sees, signUp, startBrowser, startRapport, violations } from "./lib.mjs";
import * as steps from "./steps.mjs";

// Answers that are no pages: streams, files, data; pages behind a token from a mail; components have a check of their own.
const noPages = /\/(stream|palette|brand\.css|logo|export|certificate|pdf|download|file|receipt|choices|\{token\}|\{number\}|\{name\}|openapi\.json)(\/|$)|^\/dev\/|^\/app$|\/files\/\{id\}$/;
const routes = JSON.parse(execFileSync(program, ["routes", "--json"], { encoding: "utf8" }))
  .filter(({ method, path }) => method === "GET" && (!path.startsWith("/api/") || path === "/api/docs") && !noPages.test(path))
  .filter(({ access }) => access !== "provider's signature");
const of = (accepts) => routes.filter(({ path, access }) => accepts(path, access)).map(({ path }) => path);
const narrow = { width: 360, height: 780 };

let rapport, browser, ada, stranger, guest, slug, base, portalLink;

before(async () => {
  rapport = await startRapport();
  browser = await startBrowser();
  ada = await person(browser);
  stranger = await person(browser);
  const { page } = ada;
  slug = await signUp(page, rapport.url);
  base = `${rapport.url}/app/${slug}`;
  await page.getByRole("button", { name: "Add sample data" }).click();
  await sees(page, "You are looking at sample data", { timeout: 30_000 });
  await furnish(page);
});
after(async () => {
  await browser?.close();
  await rapport?.stop();
});

/** What the sample data leaves out: things that are numbered, handed in, uploaded or sent. */
async function furnish(page) {
  await page.goto(`${base}/invoices`);
  await page.locator("main tbody a").first().click();
  await page.getByRole("link", { name: "Send", exact: true }).waitFor();
  await steps.sendInvoice(page, page.url());
  const lastWeek = new Date(Date.now() - 7 * 86_400_000).toISOString().slice(0, 10);
  await page.goto(`${base}/time?week=${lastWeek}`);
  await page.getByRole("link", { name: "Submit week" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Submit week" }).click();
  await sees(page.locator("main"), "This week is handed in");
  await steps.invite(page, base, "ben@northlight.example");
  await page.goto(`${base}/portals`);
  await page.locator("main .row-link").first().click();
  await page.getByRole("link", { name: "Files", exact: true }).click();
  await page.getByLabel("Files", { exact: true }).setInputFiles({ name: "brand.txt", mimeType: "text/plain", buffer: Buffer.from("Blue.\n") });
  await page.getByRole("button", { name: "Upload" }).click();
  await page.locator("main").getByRole("link", { name: "brand.txt", exact: true }).waitFor();
  await page.getByRole("link", { name: "Share", exact: true }).click();
  await page.getByRole("dialog", { name: "Share this portal" }).getByRole("button", { name: "Make link" }).click();
  portalLink = await page.locator("[data-copy*='/portal/']").first().getAttribute("data-copy");
  await steps.erasePerson(page, base);
}

const pattern = (route) => new RegExp(`^${route.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "([^/]+)")}$`);

/** Follows links from the pages without ids until each kind of page has an address. */
async function addresses(page, wanted, first) {
  const found = new Map();
  const seen = new Map();
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
      if (!route) continue;
      if (!found.has(route)) found.set(route, url.pathname);
      const times = seen.get(route) ?? 0;
      seen.set(route, times + 1);
      if (times < 40 && !read.has(url.pathname)) queue.push(url.pathname);
    }
    const route = routeOf(here);
    if (route && !found.has(route)) found.set(route, here);
  }
  return found;
}

/** Until no colour is on its way to another; what is folded away never arrives. */
const settled = (page) =>
  page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const transitions = document.getAnimations().filter((one) => one instanceof CSSTransition);
    await Promise.race([Promise.allSettled(transitions.map((one) => one.finished)), new Promise((done) => setTimeout(done, 600))]);
  });

/** Looks at one page in both themes and at three widths. */
async function look(who, path) {
  const { page } = who;
  const before = who.errors().length;
  await page.setViewportSize(desktop);
  await page.emulateMedia({ colorScheme: "light" });
  const answer = await page.goto(rapport.url + path);
  assert.equal(answer.status(), 200);
  assert.equal(new URL(page.url()).pathname, path);
  const faults = [];
  const note = async (where, rules) => {
    await settled(page);
    faults.push(...(await violations(page, rules)).map((line) => `${where}: ${line}`));
  };
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
  const mine = of((path, access) => !["anyone", "guest"].includes(access)).map((route) => route.replace("{workspace}", slug));
  const plain = mine.filter((route) => !route.includes("{") && route !== `/app/${slug}/settings`);
  const found = await addresses(ada.page, mine, [`/app/${slug}`, ...plain]);
  for (const path of plain) found.set(path, path);
  found.delete(`/app/${slug}/settings`);
  for (const [route, path] of [...found].sort()) await t.test(route, () => look(ada, path));
  assert.deepEqual(mine.filter((route) => route.includes("{") && !found.has(route)), [], "pages that no link leads to");
});

test("every page before the door is whole, open to all, and as narrow as a phone", async (t) => {
  for (const path of of((path, access) => access === "anyone" && !path.includes("{"))) await t.test(path, () => look(stranger, path));
  const invitation = linkIn(await rapport.mailTo("ben@northlight.example", "invites you"), "/invitations/");
  const invoice = linkIn(await rapport.mailTo("", "Invoice "), "/i/");
  for (const link of [invitation, invoice, portalLink]) {
    const { pathname } = new URL(link);
    await t.test(pathname.replace(/[^/]+$/, "…"), () => look(stranger, pathname));
  }
});

test("every page of a portal is whole, open to all, and as narrow as a phone", async (t) => {
  guest = await person(browser);
  const home = new URL(await steps.enterPortal(guest.page, portalLink)).pathname;
  const theirs = of((path, access) => access === "guest").map((route) => route.replace("{portal_id}", home.split("/")[2]));
  const plain = theirs.filter((route) => !route.includes("{"));
  const found = await addresses(guest.page, theirs, [home, ...plain]);
  for (const path of plain) found.set(path, path);
  for (const [route, path] of [...found].sort()) await t.test(route, () => look(guest, path));
  await t.test("asking for a new link", () => look(stranger, `${home}/enter`));
});
