// Reports are read at the replica, and show what was done the moment before.
import { ask } from "./http.mjs";
import { median, ms } from "./report.mjs";

/** How many reports a node has read at which server. */
async function readAt(node) {
  const { text } = await ask(node.admin, "GET", "/metrics");
  const count = (server) => Number(new RegExp(`^db_reports_total\\{server="${server}"\\} (\\d+)`, "m").exec(text)?.[1] ?? 0);
  return { replica: count("replica"), primary: count("primary") };
}

const deals = ({ months }) => months.reduce((sum, { count }) => sum + count, 0);

export async function reports(site, report, owner) {
  const { a, b } = site.nodes;
  const read = () => owner.call(b.url, "GET", "/api/deals/forecast");
  const first = await read();
  const client = await owner.call(a.url, "POST", "/api/clients", { company_name: "Reports", currency: first.currency });
  const rounds = 40;
  const times = [];
  let stale = 0;
  const before = await readAt(b);
  for (let round = 1; round <= rounds; round += 1) {
    await owner.call(a.url, "POST", "/api/deals", { title: `Deal ${round}`, client_id: client.id, value_cents: 100, currency: first.currency });
    const began = performance.now();
    const seen = await read();
    times.push(performance.now() - began);
    if (deals(seen) !== deals(first) + round) stale += 1;
  }
  const after = await readAt(b);
  const there = after.replica - before.replica;
  report.say(
    "reports are read at the replica, and none lacks what was written just before it",
    `${there} of ${rounds} there, ${stale} lack something, median ${ms(median(times))}`,
    there >= rounds / 2 && stale === 0,
  );
}

/** While the replica is away. */
export async function reportsWithout(site, report, owner) {
  const { b } = site.nodes;
  const before = await readAt(b);
  const codes = [];
  for (let round = 0; round < 10; round += 1) codes.push((await owner.ask(b.url, "GET", "/api/deals/forecast")).status);
  const after = await readAt(b);
  const there = after.primary - before.primary;
  report.say("without the replica, reports are read at the primary", `${there} of ${codes.length} there, answers ${[...new Set(codes)].join(", ")}`, there === 10 && codes.every((code) => code === 200));
}
