// The network between the machines goes bad: rules of the kernel lose packets to and from the database,
// in a network of our own (`deploy/in-namespace`).
import { execFileSync } from "node:child_process";
import { seconds } from "./report.mjs";
import { sleep } from "./processes.mjs";
import { asPromised, busy, lostOnes, meanwhile, recovery } from "./upheaval.mjs";

const away = 30_000;
const nft = (rules) => execFileSync("nft", ["-f", "-"], { input: rules, stdio: ["pipe", "ignore", "inherit"] });

/** Loses so many of a hundred packets to and from a port. */
function lose(port, percent) {
  const rule = (end) => `tcp ${end} ${port} ${percent < 100 ? `numgen random mod 100 < ${percent} ` : ""}drop`;
  nft(`table inet trial { chain input { type filter hook input priority 0; ${rule("dport")}; ${rule("sport")}; }; }`);
}

const pass = () => nft("delete table inet trial");

export async function network(site, report, owner) {
  if (process.env.RAPPORT_OWN_NETWORK !== "yes") {
    report.say("packets are lost on the way to the database", "not tried: no network of our own, which needs root", false);
    return;
  }
  const pids = Object.values(site.nodes).map(({ process }) => process.pid);
  await blackHole(site, report, owner);
  await lossy(site, report, owner);
  const now = Object.values(site.nodes).map(({ process }) => (process.exitCode === null ? process.pid : undefined));
  report.say("no node is restarted for it", `${now.join(" and ")} as before`, now.every((pid, at) => pid === pids[at]));
}

async function blackHole(site, report, owner) {
  const load = await busy(site, owner);
  let began;
  const { done, sinceDone, until: last, failures } = await recovery(site, load, async () => {
    began = performance.now();
    lose(site.ports.primary, 100);
    await sleep(away);
    pass();
    return performance.now() - began;
  });
  report.say(
    "for 30 s no packet passes to or from the primary: writes come through < 5 s after they pass again",
    `first write ${seconds(sinceDone)} after; ${failures.length} of ${load.requests} requests failed: ${load.troubles || "none"}`,
    sinceDone < 5000,
  );
  meanwhile(report, "black hole", load, Math.max(last - done, 0));
  const slow = failures.filter(({ at, began: sent }) => at - sent > 6000 && sent - began > 10_000);
  report.say("once it is known, everyone is told at once", `${slow.length} of ${failures.length} refusals took longer than 6 s after the first ten`, slow.length === 0);
  report.say("meanwhile the answer is 503", load.troubles || "no failure", asPromised(failures));
  const lost = await load.lost();
  report.say("of what was answered beside the black hole all is there, once", `${load.written.length} writes, ${lostOnes(lost)}`, lost.length === 0);
}

async function lossy(site, report, owner) {
  const load = await busy(site, owner);
  const before = { requests: load.requests, failures: load.failures.length };
  lose(site.ports.primary, 5);
  await sleep(away);
  pass();
  const meanwhileSent = load.requests - before.requests;
  await sleep(3000);
  await load.stop();
  const failures = load.failures.slice(before.failures);
  report.say(
    "every twentieth packet to or from the primary is lost for 30 s: work goes on, no request takes > 10 s",
    `${meanwhileSent} requests, ${failures.length} failed (${load.troubles || "none"}), longest ${seconds(load.longest)}`,
    load.longest < 10_000 && asPromised(failures) && failures.length * 100 <= meanwhileSent,
  );
  const lost = await load.lost();
  report.say("of what was answered over it all is there, once", `${load.written.length} writes, ${lostOnes(lost)}`, lost.length === 0);
}
