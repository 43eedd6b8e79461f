// Programs that this trial starts, each with a log of its own, and all ended by their pids.
import { execFile, spawn } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

export const run = promisify(execFile);
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is true; milliseconds it took. */
export async function until(what, question, limit = 60_000, pause = 50) {
  const began = Date.now();
  for (;;) {
    if (await question()) return Date.now() - began;
    if (Date.now() - began > limit) throw new Error(`${what}: not within ${limit / 1000} s`);
    await sleep(pause);
  }
}

export class Processes {
  #running = [];

  constructor(folder) {
    this.folder = folder;
  }

  start(name, program, args, options = {}) {
    const log = createWriteStream(join(this.folder, `${name}.log`), { flags: "a" });
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.ended = new Promise((resolve) => {
      child.on("error", (error) => resolve(error.message));
      child.on("exit", (code, signal) => resolve(signal ?? code));
    });
    child.log = () => readFileSync(join(this.folder, `${name}.log`), "utf8");
    this.#running.push(child);
    return child;
  }

  /** In the opposite order; what does not end within half a minute is killed. */
  async stopAll() {
    for (const child of this.#running.reverse()) {
      if (!runs(child)) continue;
      child.kill(child.stopsWith ?? "SIGTERM");
      if ((await Promise.race([child.ended, sleep(30_000)])) === undefined && runs(child)) child.kill("SIGKILL");
    }
  }
}

export const runs = (child) => child.pid !== undefined && child.exitCode === null && child.signalCode === null;

/** Tells a program to end and waits for it; milliseconds it took. */
export async function stop(child, signal = "SIGTERM") {
  const began = Date.now();
  child.kill(signal);
  await child.ended;
  return Date.now() - began;
}
