// Has a real Prometheus read `deploy/alerts.yml` and a running program. Each rule fires on the figures
// of its case, not a minute earlier; none fires over a sound program; one fires when it is killed.
// Prints a line of JSON for each promise. `scripts/with-prometheus node prove/alerts.mjs`.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, sleep } from "../deploy/trial/processes.mjs";
import { startRapport } from "../e2e/lib.mjs";
import { freePort } from "../e2e/port.mjs";
import { tell, tellAll } from "../e2e/promise.mjs";
import { cases } from "./alert-cases.mjs";

const file = new URL("../deploy/alerts.yml", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "rapport-alerts-"));
// Figures that begin with the first trouble, or with a replica.
const notYet = ["db_slow_statements_total", "db_reports_total", "http_connections_refused_total", "rate_limited_total"];

// Archives, too, or it would not say how far it is with that.
const rapport = await startRapport({ RAPPORT_ARCHIVE_SECONDS: "5", RAPPORT_BACKUP_PASSPHRASE: "correct horse battery" });
const prometheus = await startPrometheus(new URL(rapport.admin).host);
let killed;
try {
  const rules = (await prometheus.ask("rules")).groups.flatMap((group) => group.rules);
  const unread = rules.filter(({ health, type }) => health !== "ok" || type !== "alerting").map(({ name, lastError }) => `${name}: ${lastError}`);
  const named = new Set(rules.map(({ name }) => name));
  const untried = [...named].filter((name) => !cases[name]);
  const unknown = Object.keys(cases).filter((name) => !named.has(name));
  tell("Prometheus reads every rule, and each has a case here", [...unread, ...untried, ...unknown], `${rules.length} rules`);
  for (const rule of rules.filter(({ name }) => cases[name])) {
    const one = cases[rule.name];
    tell(`${rule.name} fires once ${one.when}`, await tried(rule, one), `nothing at minute ${one.still}, "${one.summary}" at minute ${one.fires}`);
  }
  await use(rapport.url, 20_000);
  await figures();
  const { alerts } = await prometheus.ask("alerts");
  tell("over a sound program no rule is about to fire", alerts.map(({ labels, state }) => `${labels.alertname} is ${state}`), `${rules.length} rules over 20 s of pages`);
  const began = Date.now();
  await (killed = rapport.stop());
  const heard = await firing("RapportDown", 120_000);
  tell("RapportDown fires when the program ends", heard ? [] : ["not within two minutes"], `${Math.round((Date.now() - began) / 1000)} s later`);
} finally {
  await prometheus.stop();
  await (killed ?? rapport.stop());
  rmSync(folder, { recursive: true, force: true });
}
tellAll();

/** A Prometheus that reads the rules, and the program's figures each second. */
async function startPrometheus(target) {
  const port = await freePort();
  const config = join(folder, "prometheus.yml");
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: [file],
    scrape_configs: [{ job_name: "rapport", static_configs: [{ targets: [target] }] }],
  }));
  const child = spawn("prometheus", [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, "data")}`, `--web.listen-address=127.0.0.1:${port}`, "--log.level=error"], { stdio: ["ignore", "inherit", "inherit"] });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  child.on("error", (error) => process.stderr.write(`    prometheus: ${error.message}\n`));
  const ask = async (what) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${what}`).then((answer) => answer.json());
    if (answer.status !== "success") throw new Error(`${what}: ${answer.error}`);
    return answer.data;
  };
  // Rules are well or not from their first evaluation on.
  const evaluated = async () => (await ask("rules")).groups.some(({ rules }) => rules.every(({ health }) => health !== "unknown"));
  for (let tries = 0; !(await evaluated().catch(() => false)); tries++) {
    if (tries > 300 || child.exitCode !== null || child.pid === undefined) throw new Error(`Prometheus did not start (exit ${child.exitCode})`);
    await sleep(100);
  }
  return {
    ask,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** What `promtool` finds wrong with how a rule behaves over the figures of its case. */
async function tried(rule, { series, still, fires, labels, summary }) {
  const test = join(folder, "test.yml");
  writeFileSync(test, JSON.stringify({
    rule_files: [file],
    evaluation_interval: "1m",
    tests: [{
      interval: "1m",
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      alert_rule_test: [
        { eval_time: `${still}m`, alertname: rule.name },
        { eval_time: `${fires}m`, alertname: rule.name, exp_alerts: [{ exp_labels: labels, exp_annotations: { summary, action: rule.annotations.action } }] },
      ],
    }],
  }));
  return run("promtool", ["test", "rules", test]).then(
    () => [],
    (error) => [`${error.stdout}${error.stderr}`.replace(/\s+/g, " ").trim()],
  );
}

/** Pages and calls one after the other, for as long. */
async function use(url, time) {
  for (const end = Date.now() + time; Date.now() < end; await sleep(50)) {
    for (const path of ["/", "/sign-in", "/api/clients", "/nowhere"]) await fetch(url + path, { redirect: "manual" }).then((answer) => answer.arrayBuffer());
  }
}

/** The figures and labels that the cases assume are those that the program gives. */
async function figures() {
  const assumed = new Map();
  for (const name of Object.values(cases).flatMap(({ series }) => Object.keys(series))) {
    const [, figure, labels] = name.match(/^(\w+)\{(.*)\}$/);
    const all = assumed.get(figure) ?? assumed.set(figure, new Set()).get(figure);
    for (const [, label] of labels.matchAll(/(\w+)="/g)) all.add(label);
  }
  const wrong = [];
  let seen = 0;
  for (const [figure, labels] of assumed) {
    const { result } = await prometheus.ask(`query?query=${figure}`);
    if (!result.length && !notYet.includes(figure)) wrong.push(`${figure} is not told`);
    if (!result.length) continue;
    seen += 1;
    for (const label of labels) if (!(label in result[0].metric)) wrong.push(`${figure} has no label ${label}`);
  }
  tell("what the cases assume, the running program tells", wrong, `${seen} of ${assumed.size} figures with their labels; the others begin with the first trouble`);
}

/** Whether an alert comes to fire in time. */
async function firing(name, limit) {
  for (const end = Date.now() + limit; Date.now() < end; await sleep(500)) {
    const { alerts } = await prometheus.ask("alerts");
    if (alerts.some(({ labels, state }) => labels.alertname === name && state === "firing")) return true;
  }
  return false;
}
