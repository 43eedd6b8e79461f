// Holds the API against its own description, as everyone who may call it: schemathesis makes up
// requests from the document, right and wrong ones, and judges what comes back. Prints a line of
// JSON for each promise. `scripts/with-schemathesis node e2e/openapi.mjs`; EXAMPLES says how many
// requests are made up for each operation, ROLES chooses (a comma between).
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRapport } from "./lib.mjs";
import { tell, tellAll } from "./promise.mjs";
import { everyone, signIn } from "./roles.mjs";

const examples = Number(process.env.EXAMPLES ?? 20);
// Who changes least comes first.
const order = ["nobody", "viewer", "reading key", "guest", "member", "manager", "admin", "owner"];
const chosen = process.env.ROLES?.split(",") ?? order;
const checks = process.env.CHECKS ?? "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance";
// A stream has no end; the others end the caller's own session or role: each is tried last, by a session of its own.
const endless = ["/api/stream"];
const ending = ["/api/team/members/{id}/make-owner", "/api/me/password", "/api/sessions/{id}", "/api/sessions", "/api/auth/logout"];
// What a field or a gap is called, and whose ids fit there.
const called = { member: "members", owner: "members", assigned_to: "members", absent: "members", deputy: "members", lead: "members", link: "links", stage: "stages" };

const folder = mkdtempSync(join(tmpdir(), "rapport-openapi-"));
const described = join(folder, "openapi.json");
let document;
const rapport = await startRapport({ RAPPORT_API_PER_MINUTE: "1000000", RAPPORT_LOG: "error" });
try {
  const people = await everyone(rapport);
  document = await fetch(`${rapport.url}/api/openapi.json`).then((answer) => answer.json());
  // From a file: whoever has tried every way in may not read even this for a while.
  writeFileSync(described, JSON.stringify(document));
  // Asked for in time: the ways in are among what is tried, and whoever tries much is kept waiting.
  for (const one of Object.values(people).filter(({ email }) => email)) {
    one.others = [];
    for (const path of ending) one.others.push([path, await signIn(rapport.url, one.email)]);
  }
  for (const role of order.filter((role) => chosen.includes(role))) {
    const before = Date.now();
    const ids = await idsOf(people[role].headers, role === "guest" ? "/api/portal/" : "/api/");
    const found = await run(role, people[role].headers, ids, [...endless, ...ending], []);
    for (const [path, headers] of people[role].others ?? []) {
      const more = await run(role, headers, ids, [], [path]);
      found.requests += more.requests;
      more.operations.forEach((done, label) => found.operations.set(label, done));
      more.failures.forEach((failure) => found.failures.add(failure));
    }
    const seconds = Math.round((Date.now() - before) / 1000);
    const done = [...found.operations.values()].filter(Boolean).length;
    if (process.env.KEEP) for (const [label, done] of found.operations) if (!done) process.stderr.write(`    never done as ${role}: ${label}\n`);
    tell(`as ${role}, the API answers what its description says, and never with 5xx`, [...found.failures], `${found.requests} requests to ${found.operations.size} operations, of which ${done} did what was asked, in ${seconds} s`);
  }
} finally {
  await rapport.stop();
  rmSync(folder, { recursive: true, force: true });
}
tellAll();

/** The ids that can be seen in lists, by what they belong to. */
async function idsOf(headers, start) {
  const ids = {};
  const read = async (route, path) => {
    const answer = await fetch(rapport.url + path, { headers });
    if (answer.status !== 200 || !answer.headers.get("content-type")?.startsWith("application/json")) return;
    const name = route.split("/").findLast((piece) => !piece.startsWith("{"));
    const { data } = await answer.json();
    for (const one of Array.isArray(data) ? data : []) {
      if (one.id) (ids[name] ??= new Set()).add(one.id);
      for (const { id } of one.stages ?? []) (ids.stages ??= new Set()).add(id);
    }
  };
  const lists = Object.keys(document.paths).filter((path) => document.paths[path].get && path.startsWith(start) && !endless.includes(path));
  for (const path of lists.filter((path) => !path.includes("{"))) await read(path, path);
  for (const path of lists.filter((path) => path.split("{").length === 2 && !path.endsWith("}"))) {
    for (const id of [...(ids[path.split("/{")[0].split("/").pop()] ?? [])].slice(0, 3)) await read(path, path.replace(/\{[^}]+\}/, id));
  }
  return Object.fromEntries(Object.entries(ids).map(([name, all]) => [name, [...all]]));
}

/** Values that are taken in a field of that name, where its schema says less: a description names codes in backquotes. */
function words() {
  const known = { currency: ["EUR"], country: ["GB"], timezone: ["UTC"], locale: ["en-GB"], language: ["en"], permissions: ["clients.read"], emoji: ["👍"] };
  for (const schema of Object.values(document.components.schemas)) {
    for (const [name, { type, format, description }] of Object.entries(schema.properties ?? {})) {
      if (known[name] || format || ![type].flat().includes("string")) continue;
      const codes = (description ?? "").split("`").filter((_, at) => at % 2).join(" ").split(/\s+/);
      const fit = codes.filter((code) => /^[a-z][a-z_]+$/.test(code));
      if (fit.length) known[name] = fit;
      else if (/color/.test(name)) known[name] = ["#112233"];
      else if (/url|website/.test(name)) known[name] = ["https://example.com/a"];
      else if (/phone/.test(name)) known[name] = ["+44 20 7183 8750"];
      else if (/email/.test(name)) known[name] = ["someone@client.example"];
      else if (/percent|quantity|amount|price|rate/.test(name)) known[name] = ["10", "2.5"];
      else if (/name|title|text|content|description|comment|reason|message|note/.test(name)) known[name] = ["Amsel", "Grüße 😀"];
    }
  }
  return known;
}

/** What schemathesis is told: which ids and words fit where, so that requests get past the first refusal. */
function settings(ids) {
  const owner = (name) => {
    const word = name.replace(/_ids?$/, "");
    return [called[word], word, `${word}s`, word.replace(/y$/, "ies")].find((one) => one && ids[one]);
  };
  const text = words();
  const lines = ["[auth]", "auto-signup = false", ""];
  const dictionary = (name, values) => lines.push(`[dictionaries.${JSON.stringify(name)}]`, `values = ${JSON.stringify(values)}`, "");
  for (const [name, all] of Object.entries(ids)) dictionary(name, all);
  for (const [name, all] of Object.entries(text)) dictionary(`word-${name}`, all);
  const bound = (names) => names.filter(([, dictionary]) => dictionary).map(([name, dictionary]) => `${JSON.stringify(name)} = { dictionary = ${JSON.stringify(dictionary)}, probability = 0.85 }`);
  const fields = new Map();
  const note = (schema, start, depth) => {
    const whole = schema?.$ref ? document.components.schemas[schema.$ref.split("/").pop()] : schema;
    if (!whole || depth > 3) return;
    for (const one of [...(whole.oneOf ?? []), ...(whole.allOf ?? [])]) note(one, start, depth + 1);
    if (whole.items) note(whole.items, `${start}[*]`, depth + 1);
    for (const [name, inner] of Object.entries(whole.properties ?? {})) {
      const fit = /_ids?$|^assigned_to$/.test(name) ? owner(name) : text[name] && `word-${name}`;
      if (fit) fields.set(`${start}.${name}${[inner.type].flat().includes("array") ? "[*]" : ""}`, fit);
      else note(inner, `${start}.${name}`, depth + 1);
    }
  };
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    for (const { schema } of Object.values(operation.requestBody?.content ?? {})) note(schema, "body", 0);
    for (const { name } of operation.parameters ?? []) if (/_id$/.test(name)) fields.set(`query.${name}`, owner(name));
  }
  lines.push("[parameters]", ...bound([...fields]), "");
  for (const path of Object.keys(document.paths).filter((path) => path.includes("{"))) {
    const pieces = path.split("/");
    const gaps = pieces.flatMap((piece, at) => {
      if (!piece.startsWith("{")) return [];
      const name = piece.slice(1, -1);
      return [[`path.${name}`, owner(name === "id" ? pieces[at - 1] : name)]];
    });
    const told = bound(gaps);
    if (told.length) lines.push("[[operations]]", `include-path = ${JSON.stringify(path)}`, "[operations.parameters]", ...told, "");
  }
  return lines.join("\n");
}

async function run(role, headers, ids, without, only) {
  const config = join(folder, "schemathesis.toml");
  const report = join(folder, "events.ndjson");
  writeFileSync(config, settings(ids));
  rmSync(report, { force: true });
  const options = [
    "--config-file", config, "run", described, "--url", rapport.url, "--checks", checks, "--continue-on-failure",
    "--max-examples", String(examples), "--phases", "examples,coverage,fuzzing", "--no-shrink", "--seed", "20261121",
    "--suppress-health-check", "all", "--warnings", "off", "--request-timeout", "20", "--report", "ndjson", "--report-ndjson-path", report,
    ...Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]),
    ...without.flatMap((path) => ["--exclude-path", path]),
    ...only.flatMap((path) => ["--include-path", path]),
  ];
  let said = "";
  await new Promise((done, fail) => {
    const child = spawn("st", options, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (piece) => { said += piece; });
    child.stderr.on("data", (piece) => { said += piece; });
    child.on("error", fail);
    child.on("exit", done);
  });
  if (!/^ *\d+ generated/m.test(said)) throw new Error(`schemathesis came to no end as ${role}:\n${said.slice(-3000)}`);
  if (process.env.KEEP) writeFileSync(join(process.env.KEEP, `${role}${only.join("").replaceAll("/", "-")}.txt`), said);
  return judged(readFileSync(report, "utf8"));
}

/** How many requests there were, which operations were asked and did it, and what was found. */
function judged(events) {
  const found = { requests: 0, operations: new Map(), failures: new Set() };
  for (const line of events.split("\n").filter(Boolean)) {
    const [[kind, event]] = Object.entries(JSON.parse(line));
    if (/Error$/.test(kind)) found.failures.add(`${event.label ?? kind}: ${JSON.stringify(event).slice(0, 300)}`);
    if (kind !== "ScenarioFinished") continue;
    const { label, interactions = {}, checks = {} } = event.recorder;
    for (const { response } of Object.values(interactions)) {
      found.requests += 1;
      const done = response && response.status_code >= 200 && response.status_code < 300;
      found.operations.set(label, found.operations.get(label) || Boolean(done));
      if (!response) found.failures.add(`${label}: no answer`);
    }
    for (const { name, failure_info: info } of Object.values(checks).flat().filter(({ status }) => status === "failure")) {
      const told = info?.failure ?? info ?? {};
      found.failures.add(`${label}: ${name}: ${String(told.message ?? told.title ?? "").replace(/\s+/g, " ").slice(0, 300)}`);
    }
  }
  return found;
}
