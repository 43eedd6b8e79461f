// The systemd units, as far as they can be tried without a systemd.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export function units(site, report) {
  if (spawnSync("systemd-analyze", ["--version"]).status !== 0) {
    console.log("left out     the systemd units: there is no systemd-analyze");
    return;
  }
  for (const name of ["rapport.service", "rapport-worker.service"]) {
    const text = readFileSync(new URL(`../${name}`, import.meta.url), "utf8").replace("/usr/local/bin/rapport", site.program);
    const path = join(site.folder, name);
    writeFileSync(path, text);
    const verified = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" });
    const said = `${verified.stdout}${verified.stderr}`.trim();
    const judged = execFileSync("systemd-analyze", ["security", "--offline=true", "--no-pager", path], { encoding: "utf8" });
    const exposure = Number(judged.match(/exposure level for \S+: ([\d.]+)/)?.[1] ?? 10);
    report.say(`${name} is understood, and exposes little`, `systemd-analyze: ${said || "no complaint"}, exposure ${exposure} of 10`, verified.status === 0 && !said && exposure < 2);
  }
}
