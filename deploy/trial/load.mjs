// Clients at work through the proxy, on kept connections: each writes, reads what it wrote, and opens a page.
// A write that failed is sent again with its key until it is answered; every failure is counted.
import { randomUUID } from "node:crypto";
import { keptConnection } from "./http.mjs";
import { sleep } from "./processes.mjs";

const insists = 60_000;

export class Load {
  constructor(site, member, browser, clients = 8) {
    Object.assign(this, { site, member, browser, written: [], failures: [], requests: 0, longest: 0, stopping: false });
    this.began = performance.now();
    this.clients = Array.from({ length: clients }, () => this.#client());
  }

  async #client() {
    const agent = keptConnection();
    while (!this.stopping) {
      const name = `load ${randomUUID()}`;
      const key = randomUUID();
      const made = await this.#insist(() =>
        this.member.ask(this.site.front, "POST", "/api/clients", { body: { company_name: name, currency: "EUR" }, key, agent }), "POST /api/clients");
      if (made) {
        const { id } = JSON.parse(made.text);
        this.written.push({ name, id, at: performance.now() });
        if (id) await this.#insist(() => this.member.ask(this.site.front, "GET", `/api/clients/${id}`, { agent }), "GET /api/clients/{id}");
      }
      await this.#insist(() => this.browser.ask(this.site.front, "GET", `/app/${this.member.slug}`, { agent }), "GET /app/{workspace}");
      await sleep(20);
    }
    agent.destroy();
  }

  async #insist(send, what) {
    const until = performance.now() + insists;
    while (performance.now() < until) {
      const began = performance.now();
      this.requests += 1;
      const answer = await send().catch((error) => ({ status: error.code ?? error.message }));
      this.longest = Math.max(this.longest, performance.now() - began);
      const code = answer.text?.match(/"code":"([^"]+)"/)?.[1];
      // It was carried out, and its answer was lost with a connection: as good as done, without an id.
      if ((answer.status >= 200 && answer.status < 300) || code === "carried_out") return answer;
      this.failures.push({ what, status: answer.status, code, at: performance.now(), began });
      // Whoever is told that the first request still runs waits as long as the answer says.
      await sleep(answer.status === 409 ? 1000 * (answer.headers["retry-after"] ?? 1) : 50);
    }
    return undefined;
  }

  /** Ends the clients, each with its last answer. */
  async stop() {
    this.stopping = true;
    await Promise.all(this.clients);
    this.seconds = (performance.now() - this.began) / 1000;
    return this;
  }

  /** The writes answered with success that the database does not have exactly once. */
  async lost() {
    const rows = await this.site.database.sql("select id, company_name from clients.clients where company_name like 'load %'", "rapport");
    const found = new Map();
    for (const [id, name] of rows.split("\n").map((row) => row.split("|"))) found.set(name, [...(found.get(name) ?? []), id]);
    return this.written.filter(({ id, name }) => found.get(name)?.length !== 1 || (id && found.get(name)[0] !== id));
  }

  /** Sorts of failure with their numbers. */
  get troubles() {
    const sorts = new Map();
    for (const { what, status, code } of this.failures) {
      const sort = `${what}: ${status}${code ? ` ${code}` : ""}`;
      sorts.set(sort, (sorts.get(sort) ?? 0) + 1);
    }
    return [...sorts].map(([sort, number]) => `${number} × ${sort}`).join(", ");
  }
}
