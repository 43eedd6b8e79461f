// The whole recipe on this machine, made of the files beside this folder.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, account, programs } from "./database.mjs";
import { ask, believe } from "./http.mjs";
import { freePort } from "../../e2e/port.mjs";
import { Processes, run, runs, sleep, stop, until } from "./processes.mjs";

const recipe = new URL("../", import.meta.url).pathname;
const host = "127.0.0.1";
const secret = () => randomBytes(32).toString("hex");

export class Site {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "rapport-deploy-"));
    chmodSync(this.folder, 0o711);
    this.processes = new Processes(this.folder);
    this.account = account();
    this.settings = {};
  }

  /** Everything, from the empty folder to two ready nodes and a worker behind the proxy. */
  async start(program) {
    // A copy stays the same whatever is built meanwhile.
    this.program = join(this.folder, "rapport");
    copyFileSync(program, this.program);
    this.programs = programs(this.folder);
    await this.#choose();
    await Promise.all([this.#files(), this.#database()]);
    this.pooler = this.processes.start("pgbouncer", "pgbouncer", [
      ...(process.getuid() === 0 ? ["-u", this.account.name] : []),
      this.#write("pgbouncer.ini", {}, this.account),
    ]);
    await run(this.program, ["migrate"], { env: { ...this.environment("a"), ...this.#read("owner.env") } });
    this.nodes = { a: this.node("a"), b: this.node("b") };
    await Promise.all(Object.values(this.nodes).map((node) => node.ready()));
    this.proxy = this.processes.start("haproxy", "haproxy", ["-db", "-f", this.#write("haproxy.cfg")]);
    await until("the proxy answers", () => {
      if (!runs(this.proxy)) throw new Error(`the proxy ended: ${this.proxy.log()}`);
      return ask(this.front, "GET", "/sign-in", { headers: this.headers({ from: host }) }).then(({ status }) => status === 200, () => false);
    });
  }

  async #choose() {
    const ports = {};
    for (const name of ["proxy", "a", "adminA", "b", "adminB", "primary", "replica", "pooler", "s3"]) ports[name] = await freePort();
    this.ports = ports;
    // What browsers are told, and where the proxy listens.
    this.url = `https://localhost:${ports.proxy}`;
    this.front = `https://${host}:${ports.proxy}`;
    this.database = new Server(this, "primary", host, ports.primary);
    this.replica = new Server(this, "replica", host, ports.replica);
    this.chosen = {
      PUBLIC_URL: this.url, PROXY_BIND: `${host}:${ports.proxy} ssl crt ${await this.#certificate()} alpn h2,http/1.1`, PROXY_HOST: host,
      NODE_A: `${host}:${ports.a}`, NODE_A_ADMIN_PORT: ports.adminA, NODE_B: `${host}:${ports.b}`, NODE_B_ADMIN_PORT: ports.adminB,
      SYSTEM_USER: this.account.name, PRIMARY_HOST: host, PRIMARY_PORT: ports.primary, REPLICA_HOST: host, REPLICA_PORT: ports.replica,
      POOLER_HOST: host, POOLER_PORT: ports.pooler, POOLER_USERS: join(this.folder, "pgbouncer-users.txt"), NODES_NETWORK: "127.0.0.1/32",
      APP_PASSWORD: secret(), OWNER_PASSWORD: secret(), REPLICATION_PASSWORD: secret(), MASTER_KEY: secret(),
      S3_URL: `s3://key:secret@${host}:${ports.s3}/rapport?path_style=1&allow_http=1`,
    };
    this.#write("pgbouncer-users.txt", {}, this.account);
  }

  async #certificate() {
    const [key, certificate, both] = ["proxy.key", "proxy.crt", "proxy.pem"].map((name) => join(this.folder, name));
    await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
      "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate]);
    writeFileSync(both, readFileSync(certificate, "utf8") + readFileSync(key, "utf8"), { mode: 0o600 });
    believe(readFileSync(certificate));
    return both;
  }

  /** A file of the recipe with this machine's values in it. */
  fill(file, values = {}) {
    const pairs = Object.entries({ ...this.chosen, ...values }).map(([name, value]) => `${name}=${value}`);
    return execFileSync(join(recipe, "fill"), [join(recipe, "values.env"), join(recipe, file), ...pairs], { encoding: "utf8" });
  }

  #write(file, values = {}, owner = {}) {
    const path = join(this.folder, file);
    writeFileSync(path, this.fill(file, values), { mode: 0o600 });
    if (owner.uid !== undefined) chownSync(path, owner.uid, owner.gid);
    return path;
  }

  /** What a request to any of its addresses says. */
  headers({ from, json }) {
    const headers = { host: new URL(this.url).host, "x-forwarded-for": from };
    return json ? { ...headers, "content-type": "application/json" } : headers;
  }

  async #files() {
    this.processes.start("s3", "moto_server", ["-H", host, "-p", String(this.ports.s3)]);
    const bucket = () => ask(`http://${host}:${this.ports.s3}`, "PUT", "/rapport").then(({ status }) => status === 200, () => false);
    await until("the bucket is made", bucket);
  }

  async #database() {
    await this.database.make();
    await this.database.start();
    await this.database.script(this.fill("postgresql/roles.sql"));
    await this.database.copyTo(this.replica);
    await this.replica.start();
    await this.follows();
  }

  follows() {
    return until("the replica follows", async () => (await this.database.following()) !== "");
  }

  /** From now on each commit waits for the replica. */
  async wait() {
    await this.follows();
    await this.database.waitForReplica();
    await until("commits wait for it", async () => (await this.database.following()) === "sync");
  }

  #read(file, values = {}) {
    const lines = this.fill(file, values).split("\n").filter((line) => /^[A-Z]/.test(line));
    return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  }

  /** What `rapport.env` says on a node. */
  environment(name) {
    const data = join(this.folder, `data-${name}`);
    mkdirSync(data, { recursive: true });
    const [port, admin] = { a: [this.ports.a, this.ports.adminA], b: [this.ports.b, this.ports.adminB] }[name] ?? [0, 0];
    const values = { LISTEN: `${host}:${port}`, ADMIN_LISTEN: `${host}:${admin}`, DATA_DIR: data, ...this.settings };
    return { PATH: process.env.PATH, ...this.#read("rapport.env", values) };
  }

  /** What a unit starts. */
  #command(unit, environment) {
    const line = readFileSync(join(recipe, unit), "utf8").match(/^ExecStart=\S+ (.*)$/m)[1];
    return line.split(" ").map((word) => (word.startsWith("$") ? environment[word.slice(1)] : word)).filter(Boolean);
  }

  node(name) {
    const environment = this.environment(name);
    const process = this.processes.start(name, this.program, this.#command("rapport.service", environment), { env: environment });
    const admin = `http://${environment.RAPPORT_ADMIN_LISTEN}`;
    const isReady = () => ask(admin, "GET", "/readyz").then((answer) => answer.status, () => 0);
    const ready = () =>
      until(`node ${name} is ready`, async () => {
        if (!runs(process)) throw new Error(`node ${name} ended: ${process.log().slice(-2000)}`);
        return (await isReady()) === 200;
      });
    return { name, process, url: `http://${environment.RAPPORT_LISTEN}`, admin, isReady, ready };
  }

  /** SIGTERM, its end, a new process, and the proxy sends to it again. */
  async restart(name) {
    const stopped = await stop(this.nodes[name].process);
    this.nodes[name] = this.node(name);
    const started = await this.nodes[name].ready();
    await until("the proxy takes it back", () => this.#proxySays(name, "UP"));
    return { stopped, started };
  }

  #proxySays(name, state) {
    const lines = this.proxy.log().split("\n").filter((line) => line.includes(`Server nodes/${name} is `));
    return lines.at(-1)?.includes(`is ${state}`) ?? state === "UP";
  }

  /** Waits until the proxy sends nothing to a node. */
  out(name) {
    return until(`the proxy takes ${name} out`, () => this.#proxySays(name, "DOWN"), 10_000, 10);
  }

  worker(name = "worker") {
    const environment = this.environment(name);
    return this.processes.start(name, this.program, this.#command("rapport-worker.service", environment), { env: environment });
  }

  /** What an administrator does once the primary is lost. */
  async promote() {
    await this.replica.promote();
    this.database = this.replica;
    this.#write("pgbouncer.ini", { PRIMARY_HOST: this.replica.host, PRIMARY_PORT: this.replica.port }, this.account);
    this.pooler.kill("SIGHUP");
  }

  /** One figure out of the database. */
  async number(sql) {
    return Number(await this.database.sql(sql, "rapport"));
  }

  command(...words) {
    return run(this.program, words, { env: { ...this.environment("a"), ...this.#read("owner.env") } });
  }

  async stop(keep) {
    await this.processes.stopAll();
    await sleep(100);
    if (keep) console.log(`kept: ${this.folder}`);
    else rmSync(this.folder, { recursive: true, force: true });
  }
}
