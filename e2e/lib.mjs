// The real program on ports of its own, and a real browser.
import { analyze } from "./axe.mjs";
import { freePort } from "./port.mjs";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const target = process.env.CARGO_TARGET_DIR ?? join(homedir(), ".cache/rapport/target");
export const program = process.env.E2E_PROGRAM ?? join(target, "debug/rapport");
const browsers = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

export const shots = new URL("screenshots/", import.meta.url).pathname;
mkdirSync(shots, { recursive: true });

export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

/** Starts Rapport over an empty data directory; `stop()` ends it and removes the directory. */
export async function startRapport(environment = {}) {
  const data = mkdtempSync(join(tmpdir(), "rapport-e2e-"));
  const [port, adminPort] = [await freePort(), await freePort()];
  const url = `http://localhost:${port}`;
  const admin = `http://127.0.0.1:${adminPort}`;
  const env = {
    ...process.env,
    RAPPORT_DATA_DIR: data,
    RAPPORT_LISTEN: `127.0.0.1:${port}`,
    RAPPORT_ADMIN_LISTEN: `127.0.0.1:${adminPort}`,
    RAPPORT_PUBLIC_URL: url,
    RAPPORT_LOG: process.env.RAPPORT_LOG ?? "warn",
    ...environment,
  };
  const child = spawn(program, ["serve"], {
    env,
    stdio: ["ignore", "inherit", process.env.E2E_LOG ? "inherit" : "ignore"],
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  for (let tries = 0; ; tries++) {
    const ready = await fetch(`${admin}/readyz`).then((r) => r.ok, () => false);
    if (ready) break;
    if (tries > 300 || child.exitCode !== null) throw new Error(`Rapport did not start (exit ${child.exitCode})`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    admin,
    /** For other commands over the same installation. */
    environment: env,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
    /** The newest mail to an address, waiting for it: its HTML. */
    async mailTo(address, subject = "") {
      for (let tries = 0; tries < 100; tries++) {
        const list = await fetch(`${admin}/outbox?to=${encodeURIComponent(address)}`).then((r) => r.text());
        const found = [...list.matchAll(/href="(\/outbox\/[^"]+)">([^<]*)</g)].find(([, , title]) => title.includes(subject));
        if (found) return fetch(admin + found[1]).then((r) => r.text());
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(`no mail to ${address} about ${subject || "anything"}`);
    },
  };
}

/** A browser; with a `profile` its one context, which other programs reach at the debugging `port`. */
export async function startBrowser({ profile, port } = {}) {
  const executablePath = process.env.CHROMIUM ?? browsers.find(existsSync);
  if (!executablePath) throw new Error("no Chromium is installed");
  const args = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic",
  ];
  if (profile) return chromium.launchPersistentContext(profile, { executablePath, args: [...args, `--remote-debugging-port=${port}`] });
  return chromium.launch({ executablePath, args });
}

/** A browser of its own: cookies, size, theme, with or without scripts. Script errors fail the test that asks `errors()`. */
export async function person(browser, { viewport = desktop, theme = "light", scripts = true, ...more } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: theme, javaScriptEnabled: scripts, reducedMotion: "reduce", ...more });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of (4\d\d|503)/.test(message.text())) errors.push(message.text());
  });
  return { context, page, errors: () => errors };
}

/** The first link in a mail whose address contains a piece. */
export function linkIn(html, piece) {
  const found = [...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href.replaceAll("&amp;", "&")).find((href) => href.includes(piece));
  if (!found) throw new Error(`no link with ${piece} in the mail`);
  return found;
}

/** Signs up and leaves the browser on the dashboard; the workspace's slug. */
export async function signUp(page, url, { name = "Ada Morel", email = "ada@northlight.example", workspace = "Northlight Studio" } = {}) {
  await page.goto(`${url}/sign-up`);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Work e-mail").fill(email);
  await page.getByLabel("Password").fill("correct horse battery 9");
  await page.getByLabel("Business name").fill(workspace);
  await page.getByRole("button", { name: "Create workspace" }).click();
  await page.waitForURL(/\/app\/[^/]+$/);
  return new URL(page.url()).pathname.split("/")[2];
}

/** Chooses in a select; with scripts a long one is searched by typing. */
export async function choose(scope, label, option) {
  const box = scope.getByRole("combobox", { name: label }).first();
  if (await box.evaluate((element) => element.tagName === "SELECT")) {
    const value = await box.locator("option", { hasText: option }).first().getAttribute("value");
    await box.selectOption(value);
    return;
  }
  await box.fill(option);
  await scope.getByRole("option", { name: option }).first().waitFor();
  await box.press("Enter");
}

/** Waits until text can be seen, in a page or a part of it. */
export const sees = (scope, text, options = {}) => scope.getByText(text, options).filter({ visible: true }).first().waitFor();

/** Does something, and waits until another open screen shows it without being loaded again: the milliseconds it took. */
export async function liveOn(page, shown, act) {
  await page.evaluate(() => { window.neverLeft = true; });
  await act();
  const start = Date.now();
  await shown.filter({ visible: true }).first().waitFor();
  if (!(await page.evaluate(() => window.neverLeft === true))) throw new Error("the screen was loaded again");
  return Date.now() - start;
}

/** Every violation axe finds on a page, as lines. */
export async function violations(page, rules = []) {
  const found = await analyze(page, rules);
  return found.map((v) => `${v.id}: ${v.help}\n${v.nodes.slice(0, 4).map((n) => `    ${n.target.join(" ")}\n      ${n.html.slice(0, 200)}\n      ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ""}`).join("\n")}`);
}

/** Chapters of a long story: after the first that fails the rest is not told. */
export function chapters(t, ...people) {
  return async (name, act) => {
    let failed;
    await t.test(name, async () => {
      try {
        await act();
        for (const { page, errors } of people) {
          if (errors().length) throw new Error(`${page.url()}: ${errors().join("\n")}`);
        }
      } catch (error) {
        failed = error;
        for (const [i, { page }] of people.entries()) {
          await page.screenshot({ path: `${shots}failed-${i}.png`, fullPage: true }).catch(() => {});
        }
        throw error;
      }
    });
    if (failed) throw new Error(`the story ends at: ${name}`);
  };
}
