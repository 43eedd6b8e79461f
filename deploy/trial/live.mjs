// The live stream over nodes.
import { Live } from "./http.mjs";
import { median, ms, p95 } from "./report.mjs";
import { sleep, until } from "./processes.mjs";

const make = (member, base, name) => member.call(base, "POST", "/api/clients", { company_name: name, currency: "EUR" });

/** Milliseconds from the request on one node to its event on a stream of another. */
export async function delays(member, from, stream, times = 20) {
  const took = [];
  for (let count = 0; count < times; count += 1) {
    const began = performance.now();
    const { id } = await make(member, from, `live ${count}`);
    await until("the event comes", () => stream.about(id), 20_000, 2);
    took.push(stream.about(id).at - began);
    await sleep(50);
  }
  return took;
}

export async function live(site, report, owner) {
  const { a, b } = site.nodes;
  const stream = new Live(owner, b.url);
  await stream.open;
  const took = await delays(owner, a.url, stream);
  report.say("what happens on A reaches a stream of B within a second", `20 times, from the request on: median ${ms(median(took))}, p95 ${ms(p95(took))}`, p95(took) < 1000);
  stream.close();

  const first = new Live(owner, a.url);
  await first.open;
  const seen = await make(owner, a.url, "seen");
  await until("it is seen", () => first.about(seen.id), 10_000, 5);
  first.close();
  const missed = [];
  for (const node of [a, b, a]) missed.push((await make(owner, node.url, "missed")).id);
  const second = new Live(owner, b.url, first.about(seen.id).id);
  await second.open;
  await until("what was missed comes", () => missed.every((id) => second.about(id)), 10_000, 10);
  missed.push((await make(owner, a.url, "after")).id);
  await until("what comes after comes", () => second.about(missed.at(-1)), 10_000, 10);
  await sleep(300);
  const got = second.events.filter((event) => event.kind === "client.created").map((event) => event.subject.id);
  report.say(
    "a stream of A resumed on B goes on after the last event, without a gap or a repeat",
    `${got.length} of ${missed.length}`,
    JSON.stringify(got) === JSON.stringify(missed),
  );
  second.close();
}

/** A stream on which nothing happens, through the proxy. */
export class Quiet {
  static async open(site, member) {
    const stream = new Live(member, site.front);
    await stream.open;
    return Object.assign(new Quiet(), { stream });
  }

  async judge(report, least) {
    await until("it has been quiet for long enough", () => this.stream.ended || Date.now() - this.stream.opened > least, 2 * least, 100);
    const lived = (this.stream.ended ?? Date.now()) - this.stream.opened;
    report.say("a quiet stream outlives the proxy's timeout of 60 s", `${Math.round(lived / 1000)} s and still open`, this.stream.ended === undefined);
    this.stream.close();
  }
}

/** A stream as a browser holds it: when it ends, it is opened again after the last event. */
export class Faithful {
  events = [];
  openings = 0;

  constructor(site, member) {
    this.keeps = this.#keep(site, member);
  }

  async #keep(site, member) {
    let last;
    while (!this.closed) {
      this.stream = new Live(member, site.front, last);
      this.stream.open.catch(() => {});
      const opened = await this.stream.open.then(() => true, () => false);
      if (opened) this.openings += 1;
      let taken = 0;
      while (this.stream.ended === undefined && !this.closed) {
        await sleep(20);
        this.events.push(...this.stream.events.slice(taken));
        taken = this.stream.events.length;
      }
      this.events.push(...this.stream.events.slice(taken));
      last = this.events.findLast((event) => event.id)?.id ?? last;
      if (!opened) await sleep(200);
    }
    this.stream.close();
  }

  async close() {
    this.closed = true;
    await this.keeps;
  }

  get subjects() {
    return this.events.filter((event) => event.kind === "client.created").map((event) => event.subject.id);
  }
}
