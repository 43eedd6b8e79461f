// What every node must know of the others: sessions, limits, files, keys of repeated requests.
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Browser, Member, ask, address, proof } from "./http.mjs";
import { sleep } from "./processes.mjs";

export async function sessions(site, report, owner) {
  const { a, b } = site.nodes;
  const browser = new Browser(site);
  const signedIn = await browser.signIn(a.url, owner.email);
  const page = `/app/${owner.slug}`;
  const seen = await browser.ask(b.url, "GET", page);
  report.say("a session made on A works on B", `sign-in ${signedIn.status}, page on B ${seen.status}`, signedIn.status === 303 && seen.status === 200);

  const form = proof(seen);
  const forged = await browser.ask(a.url, "POST", "/sign-out", { fields: { csrf: "A".repeat(form.length) } });
  const ended = await browser.ask(a.url, "POST", "/sign-out", { fields: { csrf: form } });
  report.say("a form that B showed is taken by A, a forged one is not", `${ended.status}, ${forged.status}`, ended.status === 303 && forged.status === 403);
  const kept = new Browser(site);
  await kept.signIn(a.url, owner.email);
  const before = await kept.ask(b.url, "GET", page);
  const stolen = new Map(kept.cookies);
  await kept.ask(a.url, "POST", "/sign-out", { fields: { csrf: proof(before) } });
  kept.cookies = stolen;
  const after = await kept.ask(b.url, "GET", page);
  report.say("signed out on A, the same cookie is worth nothing on B", `${before.status}, then ${after.status}`, before.status === 200 && after.status === 303);

  const login = await ask(a.url, "POST", "/api/auth/login", {
    headers: site.headers({ from: address(), json: true }),
    body: JSON.stringify({ email: owner.email, password: "correct horse battery 9" }),
  });
  const member = new Member(site, JSON.parse(login.text).access_token);
  const one = await member.ask(b.url, "GET", "/api/clients");
  await member.ask(a.url, "POST", "/api/auth/logout");
  const two = await member.ask(b.url, "GET", "/api/clients");
  report.say("an API token of A works on B until A ends it", `${one.status}, then ${two.status}`, one.status === 200 && two.status === 401);
}

export async function limits(site, report, owner) {
  const { a, b } = site.nodes;
  const attempt = (node, from) =>
    ask(node.url, "POST", "/api/auth/login", { headers: site.headers({ from, json: true }), body: JSON.stringify({ email: owner.email, password: "not the password" }) });
  const from = address();
  const tried = [];
  for (let count = 0; count < 5; count += 1) tried.push((await attempt(a, from)).status);
  const sixth = await attempt(b, from);
  const elsewhere = await attempt(b, "198.51.100.200");
  report.say(
    "five wrong passwords on A are the limit on B, and nobody else's",
    `A ${tried.join(" ")}, B ${sixth.status} (again in ${sixth.headers["retry-after"]} s), from elsewhere ${elsewhere.status}`,
    tried.every((status) => status !== 429) && sixth.status === 429 && elsewhere.status !== 429,
  );
}

/** Uses up what a member may call in a minute on A; then what B says is left, until it has heard of it. */
export async function quotas(site, report, member) {
  const { a, b } = site.nodes;
  let used = 0;
  let refusal;
  const caller = async () => {
    while (!refusal) {
      const answer = await member.ask(a.url, "GET", "/api/clients");
      if (answer.status === 429) refusal = answer;
      else used += 1;
    }
  };
  await Promise.all(Array.from({ length: 6 }, caller));
  const began = performance.now();
  const left = [];
  do {
    const answer = await member.ask(b.url, "GET", "/api/clients");
    left.push(Number(answer.headers["ratelimit-remaining"]));
    await sleep(100);
  } while (left.at(-1) > 100 && performance.now() - began < 10_000);
  const took = performance.now() - began;
  report.say(
    "the API calls of a minute (600), used up on A, are used up on B within three seconds",
    `A refused after ${used} and said ${refusal.headers["ratelimit-remaining"]} are left; B said ${left[0]} are left, and ${left.at(-1)} after ${Math.round(took)} ms and ${left.length} calls`,
    refusal.headers["ratelimit-remaining"] === "0" && left.at(-1) <= 100 && took < 3000,
  );
}

export async function files(site, report, owner) {
  const { a, b } = site.nodes;
  const client = await owner.call(a.url, "POST", "/api/clients", { company_name: "Files", currency: "EUR" });
  const text = randomBytes(400_000).toString("hex");
  const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");
  const file = await owner.upload(a.url, { client_id: client.id }, "letter.txt", Buffer.from(text));
  const got = await owner.ask(b.url, "GET", `/api/files/${file.id}/download`);
  const local = ["a", "b"].filter((name) => existsSync(join(site.folder, `data-${name}/files`)) && readdirSync(join(site.folder, `data-${name}/files`)).length);
  report.say(
    "a file given to A is got from B, byte for byte, and lies on neither",
    `${got.bytes.length} bytes, ${got.status}`,
    got.status === 200 && digest(got.bytes) === digest(text) && local.length === 0,
  );
}

export async function repeats(site, report, owner) {
  const { a, b } = site.nodes;
  const make = (node, name, key) => owner.ask(node.url, "POST", "/api/clients", { body: { company_name: name, currency: "EUR" }, key });
  const key = randomUUID();
  const name = `once ${key}`;
  const [first, again] = [await make(a, name, key), await make(b, name, key)];
  const same = JSON.parse(first.text).id === JSON.parse(again.text).id;
  const rounds = 20;
  let bad = 0;
  const codes = new Map();
  for (let round = 0; round < rounds; round += 1) {
    const key = randomUUID();
    const answers = await Promise.all([make(a, `once ${key}`, key), make(b, `once ${key}`, key)]);
    for (const { status } of answers) codes.set(status, (codes.get(status) ?? 0) + 1);
    if (!answers.some(({ status }) => status === 201) || !answers.every(({ status }) => status === 201 || status === 409)) bad += 1;
  }
  const made = await site.number("select count(*) from clients.clients where company_name like 'once %'");
  report.say(
    "one Idempotency-Key on A and B, one after the other and both at once: done once",
    `${rounds + 1} keys, ${made} clients, answers ${[...codes].map(([status, number]) => `${number} × ${status}`).join(", ")}`,
    first.status === 201 && again.status === 201 && same && bad === 0 && made === rounds + 1,
  );
}
