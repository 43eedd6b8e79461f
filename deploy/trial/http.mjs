// HTTP as browsers and programs speak it, to a node or to the proxy.
import http from "node:http";
import https from "node:https";

const password = "correct horse battery 9";
let addresses = 0;
/** Another address of the same documentation network for whoever must not share a limit. */
export const address = () => `203.0.113.${(addresses = (addresses % 250) + 1)}`;

let tls = {};
/** From now on the proxy's certificate is believed. */
export const believe = (ca) => (tls = { ca, servername: "localhost" });

const request = (url, options, answered) => (url.protocol === "https:" ? https.request(url, { ...tls, ...options }, answered) : http.request(url, options, answered));

/** One request; status, headers, body. Fails only without an answer. */
export function ask(base, method, path, { headers = {}, body, agent, limit = 60_000 } = {}) {
  const url = new URL(path, base);
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers: { ...headers, ...length }, timeout: limit }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const bytes = Buffer.concat(parts);
        resolve({ status: answer.statusCode, headers: answer.headers, bytes, text: bytes.toString() });
      });
    });
    sent.on("error", reject);
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${limit / 1000} s`)));
    sent.end(body);
  });
}

/** A connection to the proxy that is kept from one request to the next. */
export const keptConnection = () => new https.Agent({ ...tls, keepAlive: true, maxSockets: 1 });

/** A member with a token, known to every node. */
export class Member {
  constructor(site, token) {
    Object.assign(this, { site, token, from: address() });
  }

  /** A new workspace with its owner. */
  static async signUp(site, base, name) {
    const email = `${name}@example.com`;
    const from = address();
    const body = JSON.stringify({ name: "Ada Morel", email, password, workspace_name: name });
    const answer = await ask(base, "POST", "/api/auth/signup", { headers: site.headers({ from, json: true }), body });
    if (answer.status !== 201) throw new Error(`sign-up: ${answer.status} ${answer.text}`);
    const made = JSON.parse(answer.text);
    return Object.assign(new Member(site, made.access_token), { email, slug: made.workspace.slug, workspace: made.workspace.id });
  }

  ask(base, method, path, { body, key, agent, headers = {}, limit } = {}) {
    const all = { ...this.site.headers({ from: this.from, json: body !== undefined }), authorization: `Bearer ${this.token}`, ...headers };
    if (key) all["idempotency-key"] = key;
    return ask(base, method, path, { headers: all, body: body && JSON.stringify(body), agent, limit });
  }

  /** As `ask`, and it must succeed; what was answered. */
  async call(base, method, path, body, more = {}) {
    const answer = await this.ask(base, method, path, { body, ...more });
    if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.text ? JSON.parse(answer.text) : undefined;
  }

  /** A multipart upload. */
  async upload(base, fields, name, bytes) {
    const boundary = "rapport-deploy-trial";
    const parts = Object.entries(fields).map(([field, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`);
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: text/plain\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(parts.join("") + head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
    const headers = { ...this.site.headers({ from: this.from }), authorization: `Bearer ${this.token}`, "content-type": `multipart/form-data; boundary=${boundary}` };
    const answer = await ask(base, "POST", "/api/files", { headers, body });
    if (answer.status !== 201) throw new Error(`upload: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text);
  }
}

/** A browser: it keeps cookies and sends forms. */
export class Browser {
  constructor(site) {
    Object.assign(this, { site, cookies: new Map(), from: address() });
  }

  async ask(base, method, path, { fields, agent } = {}) {
    const headers = this.site.headers({ from: this.from });
    if (this.cookies.size) headers.cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    if (fields) Object.assign(headers, { origin: this.site.url, "content-type": "application/x-www-form-urlencoded" });
    const answer = await ask(base, method, path, { headers, body: fields && new URLSearchParams(fields).toString(), agent });
    for (const line of answer.headers["set-cookie"] ?? []) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    return answer;
  }

  async signIn(base, email) {
    const csrf = proof(await this.ask(base, "GET", "/sign-in"));
    return this.ask(base, "POST", "/sign-in", { fields: { csrf, email, password } });
  }
}

/** The proof in a page's forms. */
export const proof = (page) => page.text.match(/name="csrf" value="([^"]+)"/)?.[1] ?? page.text.match(/csrf[^>]*content="([^"]+)"/)?.[1];

/** A live stream held open; `events` grows, each with the moment it came. */
export class Live {
  constructor(member, base, last) {
    Object.assign(this, { events: [], opened: Date.now(), ended: undefined, comments: 0 });
    const headers = { ...member.site.headers({ from: member.from }), authorization: `Bearer ${member.token}`, accept: "text/event-stream" };
    if (last) headers["last-event-id"] = last;
    this.open = new Promise((resolve, reject) => {
      this.request = request(new URL("/api/stream", base), { headers }, (answer) => {
        if (answer.statusCode !== 200) return reject(new Error(`stream: ${answer.statusCode}`));
        let rest = "";
        answer.setEncoding("utf8");
        answer.on("data", (text) => {
          const blocks = (rest + text).split("\n\n");
          rest = blocks.pop();
          for (const block of blocks) this.#take(block);
          resolve();
        });
        for (const end of ["end", "error", "close"]) answer.on(end, () => (this.ended ??= Date.now()));
      });
      this.request.on("error", (error) => {
        this.ended ??= Date.now();
        reject(error);
      });
      this.request.end();
    });
  }

  #take(block) {
    const field = (name) => block.match(new RegExp(`^${name}: ?(.*)$`, "m"))?.[1];
    const data = field("data");
    if (data === undefined) this.comments += 1;
    else this.events.push({ ...JSON.parse(data), id: field("id"), at: performance.now() });
  }

  about(subject) {
    return this.events.find((event) => event.subject?.id === subject);
  }

  close() {
    this.request.destroy();
  }
}
