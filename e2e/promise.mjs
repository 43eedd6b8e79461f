// Promises as lines of JSON, for whoever runs this: `make prove` makes a table of them.
let short = 0;

/** One promise: holds when nothing was found, else says what. */
export function tell(promise, found, otherwise) {
  const measured = found.length ? `${found.length}: ${found.slice(0, 3).join("; ")}` : otherwise;
  if (found.length) short += 1;
  for (const one of found) process.stderr.write(`    ${one}\n`);
  process.stdout.write(`${JSON.stringify({ promise, measured, holds: found.length === 0 })}\n`);
}

/** Ends with whether all of them hold. */
export function tellAll() {
  process.exitCode = short ? 1 : 0;
}
