// One line for each check: what, the figure, and whether it holds. As lines of JSON for whoever runs
// this and makes a table of them (`make prove`); those for people then go to standard error.
export class Report {
  lines = [];

  constructor(asJson) {
    this.asJson = asJson;
  }

  /** A check that has been made. */
  say(what, figure, holds) {
    this.lines.push({ what, figure, holds });
    const line = `${holds ? "holds      " : "FALLS SHORT"}  ${what}: ${figure}`;
    if (this.asJson) {
      console.error(`  ${line}`);
      console.log(JSON.stringify({ promise: what, measured: figure, holds }));
    } else console.log(line);
  }

  /** Runs checks; one that breaks off falls short with its reason. */
  async run(what, checks) {
    try {
      await checks();
    } catch (error) {
      this.say(what, `broke off: ${error.stack ?? error}`, false);
    }
  }

  get failed() {
    return this.lines.filter(({ holds }) => !holds).length;
  }
}

const rank = (times, share) => [...times].sort((one, other) => one - other)[Math.min(times.length - 1, Math.floor(times.length * share))];
export const ms = (time) => `${Math.round(time)} ms`;
export const seconds = (time) => `${(time / 1000).toFixed(1)} s`;
export const p95 = (times) => rank(times, 0.95);
export const median = (times) => rank(times, 0.5);
