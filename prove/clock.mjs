// Moves the program's clock while it is written to, by hours and days, on and back; PostgreSQL's stays
// right. Prints a line of JSON for each promise. `scripts/with-faketime node prove/clock.mjs`.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Live } from "../deploy/trial/http.mjs";
import { run, sleep } from "../deploy/trial/processes.mjs";
import { program, startRapport } from "../e2e/lib.mjs";
import { tell, tellAll } from "../e2e/promise.mjs";
import { call, found, password, signIn } from "../e2e/roles.mjs";

const hour = 3600;
const jumps = [["an hour on", hour], ["back to now", 0], ["a day back", -24 * hour], ["five days on", 5 * 24 * hour], ["back to now from there", 0]];
const folder = mkdtempSync(join(tmpdir(), "rapport-clock-"));
const clock = join(folder, "clock");

setClock(0);
const rapport = await startRapport({
  LD_PRELOAD: process.env.FAKETIME_LIBRARY,
  FAKETIME_TIMESTAMP_FILE: clock,
  FAKETIME_CACHE_DURATION: "1",
  // It only counts, and never jumps.
  FAKETIME_DONT_FAKE_MONOTONIC: "1",
  RAPPORT_API_PER_MINUTE: "1000000",
});
let live;
try {
  const owner = await found(rapport);
  const { permissions } = await call(rapport.url, owner.headers, "GET", "/api/me");
  const key = await call(rapport.url, owner.headers, "POST", "/api/api-keys", { name: "Writes", permissions });
  const headers = { authorization: `Bearer ${key.key}` };
  let { refresh_token: refreshing } = await call(rapport.url, {}, "POST", "/api/auth/login", { email: owner.email, password });
  live = new Live({ site: { headers: () => ({}) }, token: key.key }, rapport.url);
  await live.open;
  const writer = write(headers);
  const problems = { clock: [], ready: [], mail: [], session: [] };
  const mails = [];
  for (const [jump, offset] of jumps) {
    setClock(offset);
    // The library reads its file each second.
    await sleep(2500);
    const ready = await fetch(`${rapport.admin}/readyz`);
    if (ready.status !== 200) problems.ready.push(`${jump}: ${ready.status} ${await ready.text()}`);
    const before = performance.now();
    const email = `one.${mails.length}@clock.example`;
    try {
      await call(rapport.url, headers, "POST", "/api/team/invitations", { email, role: "viewer" });
      await rapport.mailTo(email, "invites you");
    } catch (error) {
      problems.mail.push(`${jump}: ${error.message}`);
    }
    mails.push(performance.now() - before);
    try {
      const tokens = await call(rapport.url, {}, "POST", "/api/auth/refresh", { refresh_token: refreshing });
      refreshing = tokens.refresh_token;
      const ahead = issued(tokens.access_token) - Date.now() / 1000;
      if (Math.abs(ahead - offset) > 5) problems.clock.push(`${jump}: the program's clock is ahead by ${ahead} s`);
    } catch (error) {
      problems.session.push(`${jump}: ${error.message}`);
    }
    // What a clock that is ahead counts must not outlast it.
    if (offset > 24 * hour) await closeWayIn(owner.email);
  }
  const wayIn = await signIn(rapport.url, owner.email).then(() => [], (error) => [error.message]);
  const seals = await sealed();
  const began = Date.now();
  while ((await sealed()) === seals && Date.now() - began < 90_000) await sleep(500);
  const waited = Math.round((Date.now() - began) / 1000);
  const { written, refused, slowest } = await writer.end();
  const chain = await run(program, ["audit", "verify"], { env: rapport.environment }).then(() => [], (error) => [`${error.stdout}${error.stderr}`.trim()]);
  const rows = await Promise.all(written.map((id) => fetch(`${rapport.url}/api/clients/${id}`, { headers }).then((answer) => (answer.ok ? [] : [`${id} is gone`]))));
  const unheard = written.filter((id) => !live.about(id)).map((id) => `${id} was not heard of`);

  const names = jumps.map(([jump]) => jump).join(", ");
  tell(`the clock jumps, and writes go on: ${names}`, [...problems.clock, ...refused, ...rows.flat()], `${written.length} written, none refused, none lost; the slowest took ${Math.round(slowest)} ms`);
  tell("the live stream tells of every one of them, in one connection", [...(live.ended ? ["it ended"] : []), ...unheard], `${written.length} of ${written.length}`);
  tell("after each jump it is ready", problems.ready, `${jumps.length} of ${jumps.length}`);
  tell("after each jump a mail is sent at once", [...problems.mail, ...(Math.max(...mails) < 5000 ? [] : ["it took over 5 s"])], `${Math.round(Math.max(...mails))} ms at most`);
  tell("after each jump a session is carried on", problems.session, `${jumps.length} of ${jumps.length}`);
  tell("a way in that was closed five days ahead is open when the clock is back", wayIn, "signed in at once");
  tell("what recurs each minute does so when the clock is back", waited < 75 ? [] : [`not within ${waited} s`], `after ${waited} s`);
  tell("the chain of the audit log holds", chain, "every seal");
} finally {
  live?.close();
  await rapport.stop();
  rmSync(folder, { recursive: true, force: true });
}
tellAll();

/** Seconds by which the program's clock is ahead from soon on. */
function setClock(seconds) {
  writeFileSync(`${clock}.new`, `${seconds < 0 ? "" : "+"}${seconds}\n`);
  renameSync(`${clock}.new`, clock);
}

/** When the program says it made a token, in seconds. */
function issued(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url")).iat;
}

/** Fails to sign in until one is told to wait. */
async function closeWayIn(email) {
  for (let tries = 0; tries < 8; tries++) {
    const answer = await fetch(`${rapport.url}/api/auth/login`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email, password: "not the password" }) });
    if (answer.status === 429) return;
  }
  throw new Error("no number of wrong passwords closes the way in");
}

/** How often the audit log was sealed. */
async function sealed() {
  const figures = await fetch(`${rapport.admin}/metrics`).then((answer) => answer.text());
  const lines = figures.split("\n").filter((line) => line.startsWith("queue_attempts_total{") && line.includes('"at:audit.seal"'));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").pop()), 0);
}

/** Writes one client after the other until it is told to end. */
function write(headers) {
  const seen = { written: [], refused: [], slowest: 0 };
  let going = true;
  const done = (async () => {
    for (let n = 1; going; n++) {
      const sent = performance.now();
      await call(rapport.url, headers, "POST", "/api/clients", { company_name: `Client ${n}` }).then(({ id }) => seen.written.push(id), (error) => seen.refused.push(error.message));
      seen.slowest = Math.max(seen.slowest, performance.now() - sent);
      await sleep(50);
    }
    return seen;
  })();
  return {
    async end() {
      going = false;
      await done;
      await sleep(2000);
      return seen;
    },
  };
}
