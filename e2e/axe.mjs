// axe-core in a page whose policy forbids foreign scripts: it runs in the debugger's world.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds on a page: all its rules, or only those named. */
export async function analyze(page, rules = []) {
  const session = await page.context().newCDPSession(page);
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  if (!(await evaluate("'axe' in window"))) await evaluate(`${source};0`);
  const runOnly = JSON.stringify(rules.length ? { type: "rule", values: rules } : { type: "tag", values: tags });
  const json = await evaluate(`axe.run(document,{runOnly:${runOnly},resultTypes:['violations']}).then(r=>JSON.stringify(r.violations))`);
  await session.detach();
  return JSON.parse(json);
}
