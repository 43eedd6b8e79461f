// Looks at the components in a real browser: accessibility, CSP, keyboard, board, dialogs, live.
// `node platform/ui/tests/browser.mjs [folder for screenshots]`
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
const dist = join(here, "../dist");
const shots = process.argv[2] ?? mkdtempSync(join(tmpdir(), "rapport-ui-"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const types = { ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2" };
const csp = "default-src 'none'; script-src 'nonce-nonce' 'strict-dynamic'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'";

const pages = new Map();
const page = (theme, kind, dialog) => {
  const key = [theme, kind, dialog].join();
  if (!pages.has(key)) {
    pages.set(key, execFileSync("cargo", ["run", "-q", "-p", "rapport-ui", "--example", "components", "--", theme, kind, dialog], {
      cwd: root, encoding: "utf8", maxBuffer: 1e8,
    }).replaceAll('href="#home"', 'href="/dev/other"'));
  }
  return pages.get(key);
};

let moves = [];
let refuse = false;
let answer = 422;
let streams = [];
let edit = (html) => html;
const server = createServer((request, response) => {
  const url = new URL(request.url, "http://x");
  if (url.pathname.startsWith("/assets/")) {
    const file = join(dist, url.pathname.slice(8));
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
    return response.end(readFileSync(file));
  }
  if (url.pathname.endsWith("/stream")) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": hello\n\n");
    streams.push(response);
    return;
  }
  if (url.pathname.endsWith("/palette")) {
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(JSON.stringify({ groups: [{ label: "Clients", items: [{ title: "Lumen Dental", subtitle: "Client", href: "/dev/components", icon: "users" }] }] }));
  }
  if (request.method === "POST" && url.pathname.startsWith("/dev/move/")) {
    let body = "";
    request.on("data", (part) => { body += part; });
    request.on("end", () => {
      moves.push({ path: url.pathname, ...Object.fromEntries(new URLSearchParams(body)) });
      if (request.headers["hx-boosted"]) response.writeHead(303, { location: "/dev/components" }).end();
      else response.writeHead(refuse ? 409 : 204).end();
    });
    return;
  }
  request.resume();
  response.writeHead(request.method === "POST" ? answer : 200, { "content-type": "text/html; charset=utf-8", "content-security-policy": csp });
  response.end(edit(page(url.searchParams.get("theme") ?? "light", url.searchParams.get("kind") ?? "components", url.searchParams.get("dialog") ?? "")));
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const base = `http://127.0.0.1:${server.address().port}`;

mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
const faults = [];
const check = (good, what) => {
  console.log(`${good ? "ok  " : "FAIL"} ${what}`);
  if (!good) faults.push(what);
};
const open = async (path, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const tab = await context.newPage();
  tab.on("console", (message) => { if (message.type() === "error" && !/409|422/.test(message.text())) check(false, `console: ${message.text()}`); });
  tab.on("pageerror", (error) => check(false, `script: ${error.message}`));
  await tab.goto(base + path);
  await tab.waitForTimeout(250);
  return tab;
};
const axes = async (tab, name) => {
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  check(violations.length === 0, `axe finds nothing: ${name}`);
  for (const { id, nodes } of violations) {
    console.log(`     ${id}: ${nodes.length}\n${nodes.slice(0, 5).map((node) => `       ${node.target.join(" ")}  ${node.any[0]?.message ?? node.failureSummary}`).join("\n")}`);
  }
};

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
for (const [name, path, options] of [
  ["desktop-light", "/dev/components?theme=light", {}],
  ["desktop-dark", "/dev/components?theme=dark", {}],
  ["phone-light", "/dev/components?theme=light", phone],
  ["phone-dark", "/dev/components?theme=dark", phone],
  ["portal", "/dev/components?kind=portal", {}],
  ["portal-phone", "/dev/components?kind=portal", phone],
  ["sign-in", "/dev/components?kind=plain", {}],
  ["error", "/dev/components?kind=error", {}],
  ["landing", "/dev/components?kind=public", {}],
  ["no-script-dialog", "/dev/components?dialog=new-client", { javaScriptEnabled: false }],
  ["no-script-move-dialog", "/dev/components?dialog=move-card", { javaScriptEnabled: false }],
]) {
  const tab = await open(path, options);
  const height = name.includes("dialog") ? 1 : await tab.evaluate(() => document.documentElement.scrollHeight).catch(() => 1);
  const step = options.viewport?.height ?? 900;
  for (let y = 0, i = 0; y < height; y += step - 120, i += 1) {
    await tab.evaluate((top) => scrollTo(0, top), y).catch(() => {});
    await tab.screenshot({ path: join(shots, `${name}-${i}.png`) });
  }
  await tab.evaluate(() => scrollTo(0, 0)).catch(() => {});
  const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth).catch(() => 0);
  check(wide <= 0, `nothing is wider than the screen: ${name} (${wide})`);
  if (options.javaScriptEnabled !== false) await axes(tab, name);
  await tab.context().close();
}

const tab = await open("/dev/components");
await tab.keyboard.press("Control+k");
check(await tab.locator("#palette[open]").count() === 1, "Ctrl K opens the palette");
await tab.keyboard.type("lum");
await tab.waitForSelector("text=Lumen Dental >> visible=true");
await tab.waitForTimeout(250);
await tab.screenshot({ path: join(shots, "palette.png") });
await axes(tab, "palette");
await tab.keyboard.press("Escape");
await tab.waitForTimeout(100);
await tab.keyboard.press("?");
await tab.waitForTimeout(200);
check(await tab.locator("#help:modal").count() === 1, "? shows the shortcuts");
await tab.screenshot({ path: join(shots, "help.png") });
await tab.keyboard.press("Escape");
await tab.keyboard.press("n");
await tab.waitForTimeout(200);
check(await tab.locator("#new-client:modal").count() === 1, "a dialog opens in place");
check(await tab.evaluate(() => document.activeElement.name) === "company_name", "the first field of a dialog has the focus");
await tab.screenshot({ path: join(shots, "dialog.png") });
await axes(tab, "dialog");
await tab.keyboard.press("Escape");
check(await tab.locator("#new-client:modal").count() === 0, "Escape closes it");
await tab.click("[popovertarget=user-menu]");
await tab.waitForTimeout(200);
await tab.screenshot({ path: join(shots, "user-menu.png") });
await axes(tab, "user menu");
await tab.keyboard.press("Escape");
await tab.click("[popovertarget=menu-INV-1046]");
await tab.waitForTimeout(200);
await tab.screenshot({ path: join(shots, "row-menu.png") });
await tab.keyboard.press("Escape");
await tab.click("#expense-project-box");
await tab.keyboard.type("12");
await tab.waitForTimeout(150);
await tab.screenshot({ path: join(shots, "combobox.png") });
await axes(tab, "combobox");
await tab.keyboard.press("Enter");
check(await tab.evaluate(() => document.querySelector("#expense-project").value) === "p12", "the searchable select sets the select");
await tab.reload();
await tab.waitForTimeout(250);

const drag = async () => {
  const card = tab.locator("#card-d5");
  await card.scrollIntoViewIfNeeded();
  const from = await card.boundingBox();
  const to = await tab.locator("[data-stage=won]").boundingBox();
  await tab.mouse.move(from.x + 40, from.y + 30);
  await tab.mouse.down();
  await tab.mouse.move(to.x + 60, to.y + 20, { steps: 12 });
  await tab.mouse.move(to.x + 60, to.y + 24, { steps: 4 });
  await tab.waitForTimeout(200);
  await tab.mouse.up();
  await tab.waitForTimeout(500);
};
refuse = true;
await drag();
check(await tab.locator("[data-stage=negotiation] #card-d5").count() === 1, "a refused move goes back");
check(await tab.locator(".toast-red:has-text('changed this first')").count() === 1, "a refused move says why");
refuse = false;
moves = [];
await drag();
check(moves.length === 1 && moves[0].stage_id === "won" && moves[0].version === "1" && moves[0].csrf === "token", `a move is told to the server (${JSON.stringify(moves)})`);

moves = [];
const control = tab.locator("#card-d1 .card-move");
const boardMenu = tab.locator("#board-menu:popover-open");
await control.click();
check(await boardMenu.count() === 1 && !tab.url().includes("move"), "a card's control opens the board's menu in place");
const [below, beside] = [await control.boundingBox(), await boardMenu.boundingBox()];
check(Math.abs(beside.y - below.y - below.height) < 12 && beside.x < below.x + below.width && beside.x + beside.width > below.x, "the menu stands at the control");
check(await boardMenu.getByRole("button", { name: "Lead" }).isDisabled(), "the card's own column is off");
check(await tab.evaluate(() => document.activeElement.textContent) === "Proposal", "the first column that is not has the focus");
await tab.screenshot({ path: join(shots, "board-menu.png") });
await axes(tab, "board menu");
await tab.keyboard.press("Escape");
check(await boardMenu.count() === 0 && await control.evaluate((link) => link === document.activeElement && !link.hasAttribute("aria-expanded")), "Escape closes it and the control has the focus again");
await control.click();
await control.click();
check(await boardMenu.count() === 0, "a second press closes it");
await tab.locator("#card-d5 .card-move").focus();
await tab.keyboard.press("Enter");
await boardMenu.locator("button:focus").waitFor();
await tab.keyboard.press("ArrowDown");
await tab.keyboard.press("Enter");
await tab.waitForTimeout(300);
check(moves.length === 1 && moves[0].path === "/dev/move/d5" && moves[0].stage_id === "proposal" && moves[0].position === "0" && moves[0].version === "1" && moves[0].csrf === "token", `keys move a card (${JSON.stringify(moves)})`);

edit = (html) => html.replaceAll("Northwind Studio", "Renamed Studio");
await tab.evaluate(() => scrollTo(0, 300));
const before = await tab.evaluate(() => scrollY);
streams.forEach((stream) => stream.write('id: 1\ndata: {"id":"1","kind":"invoice.paid","subject":"x"}\n\n'));
await tab.waitForSelector("text=Renamed Studio");
check(await tab.evaluate(() => scrollY) === before, "a live change keeps the place");
await tab.fill("#expense-note", "half a thought");
edit = (html) => html.replaceAll("Northwind Studio", "Renamed Again");
streams.forEach((stream) => stream.write('id: 2\ndata: {"id":"2","kind":"deal.won","subject":"x"}\n\n'));
await tab.waitForSelector("#live-pill:visible");
check(await tab.inputValue("#expense-note") === "half a thought", "typed text survives a live change");
streams.forEach((stream) => stream.write('id: 3\ndata: {"id":"3","kind":"other.thing","subject":"x"}\n\n'));
await tab.click("#live-pill");
await tab.waitForSelector("text=Renamed Again");
check(true, "the pill shows what is new");
edit = (html) => html;

await tab.reload();
await tab.waitForTimeout(250);
await tab.evaluate(() => { window.kept = true; });
await tab.fill("#expense-amount", "-3");
edit = (html) => html.replaceAll("Must be more than zero.", "Still not more than zero.");
await tab.click("text=Save expense");
await tab.waitForSelector(".field-error:has-text('Still not')");
check(await tab.evaluate(() => window.kept && document.activeElement.id === "expense-amount"), "a form with errors is shown in place, at its first error");
edit = (html) => html;
answer = 200;
await tab.evaluate(() => document.activeElement.blur());
await tab.keyboard.press("n");
await tab.fill("#client-company_name", "Acme");
await tab.click("text=Add client >> visible=true");
await tab.waitForTimeout(300);
check(await tab.locator("#new-client:modal").count() === 0 && await tab.inputValue("#client-company_name") === "", "a dialog that did its work closes and is empty again");
await tab.fill("[data-search]", "atlas");
await tab.waitForURL(/search=atlas/);
check(await tab.evaluate(() => window.kept && document.activeElement.name === "search"), "a list is searched while typing, and the box keeps the focus");
await tab.keyboard.press("Escape");
await tab.evaluate(() => document.activeElement.blur());
await tab.keyboard.press("g");
await tab.keyboard.press("h");
await tab.waitForURL(/dev\/other/);
await tab.waitForTimeout(200);
check(await tab.evaluate(() => window.kept && document.activeElement.id === "main" && scrollY === 0), "g h goes home without a full load, to the top");
await tab.goBack();
await tab.waitForURL(/search=atlas/);
check(await tab.evaluate(() => window.kept), "back restores the page before");
await tab.emulateMedia({ colorScheme: "light" });
await tab.click("[popovertarget=user-menu]");
await tab.click(".theme-switch [value=dark]");
check(await tab.evaluate(() => document.documentElement.dataset.theme === "dark" && document.cookie.includes("theme=dark")), "the theme is switched and remembered");

await browser.close();
server.closeAllConnections();
server.close();
console.log(`\nscreenshots: ${shots}`);
if (faults.length) {
  console.error(`${faults.length} faults`);
  process.exit(1);
}
