// Texts that would run are planted in every text field there is; then every page is opened by the
// owner, a member, a client's guest and a stranger, with scripts and without, and every mail is
// read. Nothing may run, be asked for elsewhere, or become an element. Prints a line of JSON for
// each promise. `node e2e/stored-scripts.mjs`; EACH says how many addresses of a route are opened.
import { execFileSync } from "node:child_process";
import { desktop, program, startBrowser, startRapport } from "./lib.mjs";
import { payloads, watch } from "./payloads.mjs";
import { plantByApi, plantByForms } from "./plant.mjs";
import { tell, tellAll } from "./promise.mjs";
import { call, found, guest, join, password } from "./roles.mjs";

const each = Number(process.env.EACH ?? 3);
// Answers that are no pages.
const noPages = /\/(stream|palette|brand\.css|logo|export|pdf|download|receipt|openapi\.json)(\/|$)|\/pictures\/|\/versions\/\{number\}|^\/pay\//;
const routes = JSON.parse(execFileSync(program, ["routes", "--json"], { encoding: "utf8", maxBuffer: 1 << 24 }))
  .filter(({ method, path, access }) => method === "GET" && !path.startsWith("/api/") && !noPages.test(path) && access !== "provider's signature")
  .map(({ path }) => path);
const patterns = routes.map((route) => [route, new RegExp(`^${route.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "([^/]+)")}$`)]);
const routeOf = (path) => (routes.includes(path) ? path : patterns.find(([, pattern]) => pattern.test(path))?.[0]);

const rapport = await startRapport({ RAPPORT_API_PER_MINUTE: "1000000", RAPPORT_LOG: "error" });
const browser = await startBrowser();
try {
  const noticed = await raw();
  tell("planted as they are, without our pages and policy, they run and are seen", noticed.missed, `${noticed.ran} of ${payloads.length} run, ${noticed.elements} elements`);

  const people = { owner: await found(rapport) };
  people.member = await join(rapport, people.owner, "member");
  people.guest = await guest(rapport, people.owner);
  const base = `/app/${people.owner.slug}`;
  const ids = await idsOf(people);
  // Its clients are in the portal, so that guests see what is planted at them.
  const inPortal = await call(rapport.url, people.owner.headers, "GET", `/api/portals/${people.guest.portal}`);
  ids.clients = [inPortal.client_id, ...(ids.clients ?? []).filter((id) => id !== inPortal.client_id)];

  const cookies = {
    owner: await enter(people.owner.email),
    member: await enter(people.member.email),
    guest: people.guest.headers.cookie.split("; ").map((pair) => ({ name: pair.split("=")[0], value: pair.slice(pair.indexOf("=") + 1), url: rapport.url })),
    stranger: [],
  };
  // Twice: what the first round made (conversations, comments, drafts) has texts of its own.
  await plantByApi(rapport.url, people, ids, payloads.slice(0, 2));
  for (const [name, all] of Object.entries(await idsOf(people))) ids[name] = [...new Set([...(ids[name] ?? []).slice(0, 3), ...all])];
  const byApi = await plantByApi(rapport.url, people, ids);
  const routesTaken = [...byApi.takenBy].filter(([, times]) => times);
  for (const [label, times] of byApi.takenBy) if (!times) process.stderr.write(`    not planted: ${label}: ${byApi.refusals.get(label)}\n`);
  let byForms = 0;
  const seenForms = new Map();
  const starts = {
    owner: [base, ...routes.filter((path) => !path.includes("{")), ...routes.filter((path) => path.startsWith("/app/{workspace}") && path.split("{").length === 2).map((path) => path.replace("{workspace}", people.owner.slug))],
    guest: routes.filter((path) => path.startsWith("/portal/{portal_id}") && path.split("{").length === 2).map((path) => path.replace("{portal_id}", people.guest.portal)),
    stranger: [...routes.filter((path) => !path.includes("{")), new URL(people.guest.url).pathname, `/portal/${people.guest.portal}/enter`],
  };
  starts.member = starts.owner;
  // The forms of the pages first, so that what they take is there to be seen.
  await visit("owner", true, async (page) => { byForms += await plantByForms(page, rapport.url, seenForms); }, []);
  await visit("guest", true, async (page) => { byForms += await plantByForms(page, rapport.url, seenForms); }, []);
  tell(
    "texts that would run are taken as words by most routes that write",
    routesTaken.length * 10 < byApi.takenBy.size * 6 ? [`only ${routesTaken.length} of ${byApi.takenBy.size} routes took one`] : [],
    `${payloads.length} kinds; ${routesTaken.length} of ${byApi.takenBy.size} routes of the API took them, ${byApi.fieldsTaken.size} fields; ${byForms} fields of ${seenForms.size} forms`,
  );

  for (const role of ["owner", "member", "guest", "stranger"]) {
    const faults = [];
    const with_ = await visit(role, true, async () => {}, faults);
    const without = await visit(role, false, async () => {}, faults);
    if (with_.planted < 10 && role !== "stranger") faults.push(`only ${with_.planted} pages show what was planted`);
    tell(`as ${role}: nothing planted runs, becomes an element or asks for anything elsewhere; no page breaks its policy`, [...new Set(faults)], `${with_.pages} pages of ${with_.routes} routes, ${with_.planted} of them show it; ${without.pages} without scripts`);
  }

  const mails = await readMails();
  tell("nor in a mail, read without a policy", [...new Set(mails.faults)], `${mails.count} mails, ${mails.planted} of them hold it`);
  const pdfs = await readPdfs(people, ids);
  tell("and no PDF holds a script, a form, an action or a file", pdfs.faults, `${pdfs.count} PDFs`);

  /** What the payloads do in a page that takes them for markup: the check must see it. */
  async function raw() {
    const context = await browser.newContext();
    const watched = await watch(context, rapport.admin);
    for (const [number, payload] of payloads.entries()) {
      // One page each: some lead away from it.
      const page = await context.newPage();
      await page.setContent(`<body><p>${payload}</p></body>`, { waitUntil: "load", timeout: 3_000 }).catch(() => {});
      await page.waitForTimeout(100);
      await watched.look(page, `raw ${number}`).catch(() => {});
      await page.close();
    }
    await context.close();
    const ran = new Set(watched.faults.filter((fault) => / ran$/.test(fault))).size;
    const elements = watched.faults.filter((fault) => /: planted /.test(fault)).length;
    const away = watched.faults.some((fault) => /asked for https:\/\/evil/.test(fault));
    return { ran, elements, missed: ran < 8 || elements < 12 || !away ? [`only ${ran} ran, ${elements} elements were seen, asked for elsewhere: ${away}`] : [] };
  }

  async function enter(email) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${rapport.url}/sign-in`);
    await page.getByLabel(/mail/i).first().fill(email);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in" }).first().click();
    await page.waitForURL(/\/app/);
    const kept = await context.cookies();
    await context.close();
    return kept;
  }

  /** Opens pages of each route that can be reached by links, up to `each` of a kind. */
  async function visit(role, scripts, act, faults) {
    const context = await browser.newContext({ viewport: desktop, javaScriptEnabled: scripts, reducedMotion: "reduce" });
    context.setDefaultTimeout(15_000);
    await context.addCookies(cookies[role]);
    const watched = await watch(context, rapport.url);
    const page = await context.newPage();
    const queue = [...starts[role]];
    const read = new Set();
    const times = new Map();
    let [pages, planted] = [0, 0];
    while (queue.length) {
      const path = queue.shift();
      const route = routeOf(path.split("?")[0]);
      if (!route || read.has(path) || (times.get(route) ?? 0) >= each) continue;
      read.add(path);
      times.set(route, (times.get(route) ?? 0) + 1);
      const name = `${role}${scripts ? "" : ", without scripts"}: ${route}`;
      watched.at(name);
      const answer = await page.goto(rapport.url + path, { waitUntil: "load" }).catch((error) => ({ failed: error }));
      if (answer?.failed) {
        if (!/ERR_ABORTED|Download/.test(String(answer.failed))) watched.faults.push(`${name}: ${String(answer.failed).split("\n")[0]}`);
        continue;
      }
      if (!answer || answer.status() >= 500) watched.faults.push(`${name}: ${answer?.status()}`);
      if (!answer?.headers()["content-type"]?.startsWith("text/html")) continue;
      pages += 1;
      if (scripts) await page.waitForTimeout(60);
      await watched.look(page, name);
      const html = await answer.text().catch(() => "");
      if (/data-planted|__ran\(/.test(html)) planted += 1;
      await act(page);
      for (const [, href] of html.matchAll(/href="([^"]+)"/g)) {
        const address = URL.parse?.(href.replaceAll("&amp;", "&"), answer.url()) ?? parsed(href.replaceAll("&amp;", "&"), answer.url());
        if (address?.origin === rapport.url && !/sign-out|\/assets\//.test(address.pathname)) queue.push(address.pathname);
      }
    }
    // What was typed and is shown again.
    for (const route of [...times.keys()].filter((route) => !route.includes("{id}") && role !== "stranger").slice(0, 40)) {
      const path = route.replace("{workspace}", people.owner.slug).replace("{portal_id}", people.guest.portal);
      if (path.includes("{")) continue;
      for (const name of ["search", "q", "next"]) {
        watched.at(`${role}: ${route}?${name}`);
        const answer = await page.goto(`${rapport.url}${path}?${name}=${encodeURIComponent(payloads[3] + payloads[13])}`, { waitUntil: "load" }).catch(() => null);
        if (answer?.headers()["content-type"]?.startsWith("text/html")) await watched.look(page, `${role}: ${route}?${name}`);
      }
    }
    await context.close();
    faults.push(...watched.faults);
    return { pages, planted, routes: times.size };
  }

  async function readMails() {
    const context = await browser.newContext();
    const watched = await watch(context, rapport.admin);
    const page = await context.newPage();
    const list = await fetch(`${rapport.admin}/outbox`).then((answer) => answer.text());
    await page.goto(`${rapport.admin}/outbox`);
    await watched.look(page, "the list of mails");
    let [count, planted] = [0, 0];
    for (const [, path] of list.matchAll(/href="(\/outbox\/[^"]+)"/g)) {
      const html = await fetch(rapport.admin + path).then((answer) => answer.text());
      count += 1;
      if (/data-planted|__ran\(/.test(html)) planted += 1;
      watched.at(path);
      await page.goto("about:blank");
      await page.setContent(html, { waitUntil: "load" });
      await watched.look(page, `a mail: ${html.match(/<title>([^<]*)/)?.[1].slice(0, 60)}`);
    }
    await context.close();
    return { faults: watched.faults, count, planted };
  }

  async function readPdfs({ owner }, ids) {
    const faults = [];
    let count = 0;
    for (const id of (ids.invoices ?? []).slice(0, 12)) {
      const answer = await fetch(`${rapport.url}/api/invoices/${id}/pdf`, { headers: owner.headers });
      if (answer.status !== 200) continue;
      const bytes = Buffer.from(await answer.arrayBuffer()).toString("latin1");
      count += 1;
      if (!bytes.startsWith("%PDF-")) faults.push(`${id} is no PDF`);
      for (const word of ["/JavaScript", "/JS ", "/JS(", "/Launch", "/OpenAction", "/AA ", "/AcroForm", "/EmbeddedFile", "/SubmitForm", "/GoToR"]) if (bytes.includes(word)) faults.push(`${id} holds ${word}`);
      for (const [, address] of bytes.matchAll(/\/URI\s*\(([^)]*)\)/g)) if (!/^(https?|mailto):/.test(address)) faults.push(`${id} leads to ${address}`);
    }
    if (!count) faults.push("no invoice became a PDF");
    return { faults, count };
  }
} finally {
  await browser.close();
  await rapport.stop();
}
tellAll();

function parsed(href, base) {
  try { return new URL(href, base); } catch { return null; }
}

/** The ids that can be seen in lists, by what they belong to. */
async function idsOf(people) {
  const document = await fetch(`${rapport.url}/api/openapi.json`).then((answer) => answer.json());
  const ids = {};
  const read = async (route, path) => {
    const headers = path.startsWith("/api/portal/") ? people.guest.headers : people.owner.headers;
    const answer = await fetch(rapport.url + path, { headers });
    if (answer.status !== 200 || !answer.headers.get("content-type")?.startsWith("application/json")) return;
    const name = route.split("/").findLast((piece) => !piece.startsWith("{"));
    const { data } = await answer.json();
    for (const one of Array.isArray(data) ? data : []) {
      if (one.id) (ids[name] ??= []).push(one.id);
      for (const { id } of one.stages ?? []) (ids.stages ??= []).push(id);
    }
  };
  const lists = Object.keys(document.paths).filter((path) => document.paths[path].get && path !== "/api/stream");
  for (const path of lists.filter((path) => !path.includes("{"))) await read(path, path);
  for (const path of lists.filter((path) => path.split("{").length === 2 && !path.endsWith("}"))) {
    for (const id of [...(ids[path.split("/{")[0].split("/").pop()] ?? [])].slice(0, 3)) await read(path, path.replace(/\{[^}]+\}/, id));
  }
  return ids;
}
