// Under load: nodes are replaced one after the other, the primary is restarted, the primary is lost.
import { Browser, Live } from "./http.mjs";
import { delays, Faithful } from "./live.mjs";
import { Load } from "./load.mjs";
import { median, ms, p95, seconds } from "./report.mjs";
import { reportsWithout } from "./reports.mjs";
import { sleep, stop, until } from "./processes.mjs";

export async function busy(site, owner) {
  const browser = new Browser(site);
  await browser.signIn(site.nodes.a.url, owner.email);
  const load = new Load(site, owner, browser);
  await until("the load is under way", () => load.written.length > 20, 60_000);
  return load;
}

export const lostOnes = (lost) => `${lost.length} lost or doubled${lost.length ? ` (${lost[0].name})` : ""}`;

export async function rolling(site, report, owner) {
  const streams = [new Faithful(site, owner), new Faithful(site, owner)];
  await until("the streams are open", () => streams.every((stream) => stream.openings > 0));
  const load = await busy(site, owner);
  const times = [];
  for (const name of ["a", "b"]) {
    const node = site.nodes[name];
    const restarted = site.restart(name);
    const out = await site.out(name);
    const answered = await node.isReady();
    const { stopped, started } = await restarted;
    times.push({ name, out, answered, stopped, started });
    await sleep(2000);
  }
  const worker = site.workers.pop();
  const workerStopped = await stop(worker);
  site.workers.push(site.worker("worker-3"));
  await sleep(1000);
  await load.stop();
  const each = times.map(({ name, stopped, started }) => `${name} stopped in ${seconds(stopped)}, ready after ${seconds(started)}`).join("; ");
  report.say(
    "the proxy takes a node out by /readyz while the node still answers",
    times.map(({ name, out, answered }) => `${name} after ${seconds(out)}, /readyz ${answered}`).join("; "),
    times.every(({ out, answered }) => out < 5000 && answered === 503),
  );
  report.say(
    "both nodes and the worker are restarted one after the other under load: no request fails",
    `${load.requests} requests by 8 clients in ${load.seconds.toFixed(0)} s, ${load.failures.length} failed${load.failures.length ? ` (${load.troubles})` : ""}, longest ${ms(load.longest)}; ${each}, worker stopped in ${seconds(workerStopped)}`,
    load.failures.length === 0,
  );
  const lost = await load.lost();
  report.say("of what was written meanwhile all is there, once", `${load.written.length} writes, ${lostOnes(lost)}`, lost.length === 0);
  const ids = new Set(load.written.map(({ id }) => id).filter(Boolean));
  await until("the streams catch up", () => streams.every((stream) => [...ids].every((id) => stream.subjects.includes(id))), 20_000, 250).catch(() => {});
  for (const stream of streams) await stream.close();
  const missing = streams.map((stream) => [...ids].filter((id) => !stream.subjects.includes(id)).length);
  const repeated = streams.map((stream) => stream.subjects.length - new Set(stream.subjects).size);
  report.say(
    "streams that were held over it showed each write once",
    `${streams.map(({ openings }) => openings).join(" and ")} openings, ${missing.join(" and ")} missing, ${repeated.join(" and ")} repeated`,
    [...missing, ...repeated].every((count) => count === 0),
  );
}

export async function nodeKilled(site, report, owner) {
  const load = await busy(site, owner);
  site.nodes.b.process.kill("SIGKILL");
  await site.nodes.b.process.ended;
  await sleep(2000);
  site.nodes.b = site.node("b");
  await site.nodes.b.ready();
  await sleep(3000);
  await load.stop();
  // A repeat is told that the first request still runs until ten seconds after that began.
  const cut = load.failures.filter(({ status }) => status !== 409);
  const lost = await load.lost();
  report.say(
    "a node gets kill -9 under load: no more fails than the writes it held, and repeated they are done once",
    `${load.requests} requests by 8 clients, ${cut.length} cut (${load.troubles || "none"}), ${load.written.length} writes, ${lostOnes(lost)}`,
    cut.length <= 8 && cut.every(({ what }) => what.startsWith("POST")) && lost.length === 0,
  );
}

/** From the moment something is done to the database to the first write that began after it and came through. */
export async function recovery(site, load, upheaval) {
  await sleep(1500);
  const began = performance.now();
  const failedBefore = load.failures.length;
  const done = await upheaval();
  const after = performance.now();
  const written = () => load.written.find(({ at }) => at > after);
  await until("writes come through again", () => written() !== undefined, 60_000, 5);
  await sleep(3000);
  await load.stop();
  const failures = load.failures.slice(failedBefore);
  // Whoever repeats a write is told for ten seconds that the first may still run.
  const refusals = failures.filter(({ status }) => status !== 409);
  return { done, took: written().at - began, sinceDone: written().at - after, until: (refusals.at(-1)?.at ?? began) - began, failures };
}

/** What holds for everyone while the database is away. */
export function meanwhile(report, when, load, last) {
  report.say(`${when}: no request takes > 10 s`, `${load.requests} requests, longest ${seconds(load.longest)}`, load.longest < 10_000);
  report.say(`${when}: nobody is refused any more after 10 s`, `the last after ${seconds(last)}`, last < 10_000);
}

export const asPromised = (failures) => failures.every(({ status, what }) => status === 503 || (what.startsWith("POST") && status === 409));

export async function primaryRestarted(site, report, owner) {
  const load = await busy(site, owner);
  const server = site.database;
  const { done, took, sinceDone, until: last, failures } = await recovery(site, load, async () => {
    const stopped = await stop(server.process, "SIGINT");
    await server.start();
    return stopped;
  });
  report.say(
    "the primary is restarted under load: writes come through < 5 s after it is told to stop",
    `first write ${seconds(took)} after (${seconds(done)} to stop; ${seconds(sinceDone)} since it answers again); ${failures.length} of ${load.requests} requests failed: ${load.troubles || "none"}`,
    took < 5000,
  );
  meanwhile(report, "restart of the primary", load, last);
  report.say("while it is away the answer is 503", load.troubles || "no failure", asPromised(failures));
  const lost = await load.lost();
  report.say("of what was answered all is there, once", `${load.written.length} writes, ${lostOnes(lost)}`, lost.length === 0);
}

export async function replicaLost(site, report, owner) {
  const write = async (name) => {
    const began = performance.now();
    const { status } = await owner.ask(site.front, "POST", "/api/clients", { body: { company_name: name, currency: "EUR" } });
    return { status, took: performance.now() - began };
  };
  const seen = ({ status, took }) => `${status} in ${took < 2000 ? ms(took) : seconds(took)}`;
  const load = await busy(site, owner);
  const lags = [];
  for (let count = 0; count < 20; count += 1) {
    lags.push(await site.database.lag());
    await sleep(150);
  }
  await stop(site.replica.process, "SIGINT");
  await sleep(1000);
  await load.stop();
  await reportsWithout(site, report, owner);
  await site.replica.start();
  await site.follows();
  report.say(
    "the replica follows, and its loss is not felt",
    `behind by ${ms(median(lags))}, at most ${ms(Math.max(...lags))}, under load; ${load.requests} requests, ${load.failures.length} failed, longest ${ms(load.longest)}`,
    load.failures.length === 0 && Math.max(...lags) < 1000,
  );

  await site.wait();
  const both = await write("both");
  await stop(site.replica.process, "SIGINT");
  const one = await write("one");
  await site.database.waitForNobody();
  const until2 = await until("a write goes through", async () => (await write("alone")).status === 201, 60_000);
  await site.replica.start();
  await site.wait();
  const again = await write("both again");
  report.say(
    "with primary.conf no write is answered while the replica is away; emptied, they go through again",
    `with it ${seen(both)}, without it ${seen(one)}, again after ${seconds(until2)}, then ${seen(again)}`,
    both.status === 201 && one.status === 503 && again.status === 201 && until2 < 10_000,
  );
}

export async function promotion(site, report, owner) {
  const mode = await site.database.following();
  if (mode !== "sync") throw new Error(`the replica is ${mode || "away"}`);
  const load = await busy(site, owner);
  const { done, took, sinceDone, until: last, failures } = await recovery(site, load, async () => {
    site.database.process.kill("SIGKILL");
    await site.database.process.ended;
    const began = performance.now();
    await site.promote();
    return performance.now() - began;
  });
  report.say(
    "the primary gets kill -9, the replica is promoted, PgBouncer pointed at it: writes come through < 5 s after the kill",
    `first write ${seconds(took)} after (promotion ${seconds(done)}, from then ${seconds(sinceDone)}); ${failures.length} of ${load.requests} requests failed: ${load.troubles || "none"}`,
    took < 5000,
  );
  meanwhile(report, "loss of the primary", load, last);
  report.say("until then the answer is 503", load.troubles || "no failure", asPromised(failures));
  const lost = await load.lost();
  report.say("of what was answered all is there after the loss of the primary, once (with primary.conf)", `${load.written.length} writes, ${lostOnes(lost)}`, lost.length === 0);

  const stream = new Live(owner, site.nodes.b.url);
  await stream.open;
  const took2 = await delays(owner, site.nodes.a.url, stream);
  const ears = await site.number("select count(*) from pg_stat_activity where query like 'LISTEN %'");
  stream.close();
  report.say("the live stream goes on over the promoted server", `p95 ${ms(p95(took2))}, median ${ms(median(took2))}, ${ears} connections listen there`, p95(took2) < 1000 && ears > 0);
}

export async function sound(site, report) {
  await until("all background work is done", async () => (await site.number("select count(*) from queue.jobs where state in ('ready', 'running')")) === 0, 120_000, 200);
  const dead = await site.number("select count(*) from queue.jobs where state = 'dead'");
  const check = await site.command("check").then(({ stdout }) => stdout, (error) => `failed: ${error.stdout}${error.stderr}`);
  const audit = await site.command("audit", "verify").then(({ stdout }) => stdout, (error) => `failed: ${error.stdout}${error.stderr}`);
  const last = (text) => text.trim().split("\n").at(-1);
  report.say("after all of it every figure and the audit log are right", `${last(check)}; ${last(audit)}; ${dead} jobs given up`, !`${check}${audit}`.includes("failed") && dead === 0);
}
