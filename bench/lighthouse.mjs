// Lighthouse's four marks of four pages: one line of JSON for each, on standard output.
// The program runs over an installation of its own with sample data; as on a phone of the middle
// class with a slow network, which Lighthouse takes for granted.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import lighthouse from "lighthouse";
import { startBrowser, startRapport } from "../e2e/lib.mjs";
import { freePort } from "../e2e/port.mjs";
import { found, guest, password } from "../e2e/roles.mjs";

const rapport = await startRapport();
const profile = mkdtempSync(join(tmpdir(), "rapport-lighthouse-"));
const port = await freePort();
// One profile, whose cookies Lighthouse's own tab shares.
const context = await startBrowser({ profile, port });
try {
  const owner = await found(rapport);
  const visitor = await guest(rapport, owner);
  const page = await context.newPage();
  await page.goto(`${rapport.url}/sign-in`);
  await page.getByLabel("E-mail").fill(owner.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(/\/app\//);
  await page.goto(visitor.url);
  await page.getByRole("button", { name: "Open the portal" }).click();
  await page.waitForURL(/\/portal\/[^/]+$/);
  const portal = new URL(page.url()).pathname;
  await page.close();
  const pages = { landing: "/", dashboard: `/app/${owner.slug}`, board: `/app/${owner.slug}/deals`, portal };
  for (const [name, path] of Object.entries(pages)) {
    const { lhr } = await lighthouse(rapport.url + path, { port, output: "json", logLevel: "error", disableStorageReset: true });
    if (new URL(lhr.finalDisplayedUrl).pathname !== path) throw new Error(`${name} ended at ${lhr.finalDisplayedUrl}`);
    if (lhr.runtimeError) throw new Error(`${name}: ${lhr.runtimeError.message}`);
    const mark = (category) => Math.round(lhr.categories[category].score * 100);
    for (const [category, { auditRefs }] of Object.entries(lhr.categories)) {
      for (const { id, weight } of auditRefs) {
        const { score, title, displayValue = "" } = lhr.audits[id];
        if (weight && (score ?? 0) < 0.9 && lhr.audits[id].scoreDisplayMode !== "notApplicable") console.error(`${name}: ${category}: ${title} ${displayValue}`);
      }
    }
    console.log(JSON.stringify({
      page: name,
      performance: mark("performance"),
      accessibility: mark("accessibility"),
      best_practices: mark("best-practices"),
      seo: mark("seo"),
    }));
  }
} finally {
  await context.close();
  await rapport.stop();
  rmSync(profile, { recursive: true, force: true });
}
