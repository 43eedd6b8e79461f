// Starts the recipe on this machine and tries it. `--keep` leaves its folder behind, `--lines` prints
// each check as a line of JSON.
import { Member } from "./http.mjs";
import { jobs } from "./jobs.mjs";
import { Quiet, live } from "./live.mjs";
import { network } from "./network.mjs";
import { Report, seconds } from "./report.mjs";
import { reports } from "./reports.mjs";
import { files, limits, quotas, repeats, sessions } from "./shared.mjs";
import { Site } from "./site.mjs";
import { units } from "./units.mjs";
import { nodeKilled, primaryRestarted, promotion, replicaLost, rolling, sound } from "./upheaval.mjs";

const words = process.argv.slice(2);
const keep = words.includes("--keep");
const program = words.find((word) => !word.startsWith("--"));
const began = Date.now();
const report = new Report(words.includes("--lines"));
const site = new Site();
site.settings = { API_PER_MINUTE: 600 };
let ending;
const end = () => (ending ??= site.stop(keep));
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, async () => {
    await end();
    process.exit(130);
  });
}

try {
  await site.start(program);
  console.log(`             two nodes, PgBouncer, primary and replica, S3 and proxy are up after ${seconds(Date.now() - began)}`);
  const owner = await Member.signUp(site, site.nodes.a.url, "northlight");
  const other = await Member.signUp(site, site.nodes.b.url, "southlight");
  const quiet = await Quiet.open(site, other);
  report.say("an account made on A is known to B", owner.slug, (await owner.ask(site.nodes.b.url, "GET", "/api/clients")).status === 200);
  await report.run("units", async () => units(site, report));
  await report.run("sessions", () => sessions(site, report, owner));
  await report.run("limits", () => limits(site, report, owner));
  await report.run("quotas", () => quotas(site, report, other));
  await report.run("files", () => files(site, report, owner));
  await report.run("repeats", () => repeats(site, report, owner));
  await report.run("live stream", () => live(site, report, owner));
  await report.run("jobs", () => jobs(site, report, owner));
  await report.run("a quiet stream", () => quiet.judge(report, 70_000));
  // What follows is load: more calls than a member has.
  site.settings = { API_PER_MINUTE: 1_000_000 };
  for (const name of ["a", "b"]) await site.restart(name);
  await report.run("reports", () => reports(site, report, owner));
  await report.run("rolling restart", () => rolling(site, report, owner));
  await report.run("loss of a node", () => nodeKilled(site, report, owner));
  await report.run("a bad network", () => network(site, report, owner));
  await report.run("restart of the primary", () => primaryRestarted(site, report, owner));
  await report.run("loss of the replica", () => replicaLost(site, report, owner));
  await report.run("promotion", () => promotion(site, report, owner));
  await report.run("soundness", () => sound(site, report));
} catch (error) {
  report.say("the recipe starts", error.stack ?? String(error), false);
} finally {
  await end();
}
console.log(`             ${report.lines.length} checks, ${report.failed} fall short, ${seconds(Date.now() - began)}`);
process.exitCode = report.failed ? 1 : 0;
