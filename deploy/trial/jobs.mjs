// Background work: on workers only, once, and taken over from one that was killed.
import { seconds } from "./report.mjs";
import { sleep, until } from "./processes.mjs";

const waiting = "select count(*) from queue.jobs where state in ('ready', 'running')";
const behind = "select count(*) from spine.events e where not exists (select from spine.relay r where (e.txid, e.seq) <= (r.txid, r.seq))";
const idle = async (site) => (await site.number(waiting)) === 0 && (await site.number(behind)) === 0;

/** Invoices issued over both nodes: each makes a PDF, a health score, notices. */
async function issue(site, owner, count) {
  const { a, b } = site.nodes;
  const client = await owner.call(a.url, "POST", "/api/clients", { company_name: "Jobs", currency: "EUR" });
  let left = count;
  const clerk = async (node) => {
    while (left-- > 0) {
      const lines = [{ description: "Work", quantity: 2, unit_price_cents: 4500 }];
      const { id } = await owner.call(node.url, "POST", "/api/invoices", { client_id: client.id, lines });
      await owner.call(node.url, "POST", `/api/invoices/${id}/issue`, {});
    }
  };
  await Promise.all([a, b, a, b, a, b, a, b].map(clerk));
}

const documents = (site) => site.number("select count(*) from invoicing.invoice_pdfs");
const twice = (site) =>
  site.number(`select (select count(*) from (select 1 from mail.outbox group by workspace_id, key having count(*) > 1) m)
    + (select count(*) from (select 1 from invoicing.invoice_pdfs group by workspace_id, invoice_id having count(*) > 1) p)`);
const dead = (site) => site.number("select count(*) from queue.jobs where state = 'dead'");

export async function jobs(site, report, owner) {
  await issue(site, owner, 20);
  await sleep(3000);
  const [running, made, events] = [await site.number("select count(*) from queue.jobs where state = 'running'"), await documents(site), await site.number(behind)];
  site.workers = [site.worker("worker")];
  const took = await until("all background work is done", () => idle(site), 120_000, 100);
  const [after, doubled, aside] = [await documents(site), await twice(site), await dead(site)];
  report.say(
    "background work waits for the worker, which does each piece once",
    `nodes alone: ${made} PDFs, ${running} jobs run, ${events} events wait; the worker: ${after} PDFs of 20 after ${seconds(took)}, ${doubled} twice, ${aside} given up`,
    made === 0 && running === 0 && events > 0 && after === 20 && doubled === 0 && aside === 0,
  );

  // So many that it is in the middle of some while others still come.
  const more = 120;
  const issuing = issue(site, owner, more);
  const held = "select count(*) from queue.jobs where state = 'running'";
  await until("the worker is in a job", async () => (await site.number(held)) > 0, 30_000, 1);
  const victim = site.workers.pop();
  victim.kill("SIGKILL");
  await victim.ended;
  const killed = Date.now();
  const cut = await site.database.sql("select workspace_id, id from queue.jobs where state = 'running'", "rapport");
  await issuing;
  site.workers.push(site.worker("worker-2"));
  const cutOff = cut ? cut.split("\n").map((row) => `('${row.split("|")[0]}'::uuid, ${row.split("|")[1]})`) : [];
  const open = async () => (cutOff.length ? site.number(`select count(*) from queue.jobs where (workspace_id, id) in (${cutOff})`) : 0);
  await until("what was cut off is done", async () => (await open()) === 0, 120_000, 100);
  const retaken = Date.now() - killed;
  await until("all background work is done", () => idle(site), 120_000, 100);
  const [all, again, given] = [await documents(site), await twice(site), await dead(site)];
  report.say(
    "a worker gets kill -9 in the middle of jobs: another does them within a minute, once",
    `${cutOff.length} cut off, done after ${seconds(retaken)}; ${all} PDFs of ${20 + more}, ${again} twice, ${given} given up`,
    cutOff.length > 0 && retaken < 60_000 && all === 20 + more && again === 0 && given === 0,
  );
}
