// Builds platform/ui/dist: styles, scripts, font, icons, under hashed names and compressed.
// `node platform/ui/build.mjs`; cargo runs it when a source has changed.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const modules = join(root, "node_modules");
const out = join(here, `dist.${process.pid}`);
const dist = join(here, "dist");

const css = () => {
  const file = join(out, "app.css");
  const cli = join(modules, "@tailwindcss/cli/dist/index.mjs");
  execFileSync(process.execPath, [cli, "-i", join(here, "css/app.css"), "-o", file, "--minify"], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
  });
  return readFileSync(file, "utf8");
};

// Every icon under every name lucide knows it by, old ones included: name, tab, shapes.
const icons = () => {
  const folder = join(modules, "lucide-static/icons");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".svg"))
    .map((file) => {
      const [, shapes] = readFileSync(join(folder, file), "utf8").match(/<svg[^>]*>([\s\S]*)<\/svg>/);
      return `${file.slice(0, -4)}\t${shapes.replace(/\s*\n\s*/g, "").replaceAll(" />", "/>")}`;
    })
    .join("\n");
};

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 10);

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const manifest = {};
const put = (name, bytes) => {
  const [, stem, extension] = name.match(/^(.*)\.([^.]+)$/);
  const file = `${stem}-${hash(bytes)}.${extension}`;
  manifest[name] = file;
  writeFileSync(join(out, file), bytes);
  if (extension !== "woff2") {
    writeFileSync(join(out, `${file}.gz`), gzipSync(bytes, { level: 9 }));
    writeFileSync(
      join(out, `${file}.br`),
      brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    );
  }
  return file;
};

const font = put("inter.woff2", readFileSync(join(modules, "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2")));
const fontExt = put("inter-ext.woff2", readFileSync(join(modules, "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2")));
put("favicon.svg", readFileSync(join(here, "css/favicon.svg")));

const styles = css().replaceAll("/assets/inter.woff2", `/assets/${font}`).replaceAll("/assets/inter-ext.woff2", `/assets/${fontExt}`);
rmSync(join(out, "app.css"));
put("app.css", Buffer.from(styles));

for (const name of ["app", "portal"]) {
  const result = await build({
    entryPoints: [join(here, `js/${name}.js`)],
    bundle: true,
    format: "esm",
    minify: true,
    legalComments: "none",
    target: ["chrome115", "firefox120", "safari17"],
    nodePaths: [modules],
    write: false,
  });
  put(`${name}.js`, Buffer.from(result.outputFiles[0].contents));
}

writeFileSync(join(out, "icons.txt"), icons());
manifest.build = hash(Object.values(manifest).join());
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));

if (existsSync(dist)) {
  const old = `${out}.old`;
  renameSync(dist, old);
  renameSync(out, dist);
  rmSync(old, { recursive: true, force: true });
} else {
  renameSync(out, dist);
}

const weight = (name) => {
  const file = join(dist, manifest[name]);
  return readFileSync(existsSync(`${file}.br`) ? `${file}.br` : file).length;
};
for (const name of Object.keys(manifest).filter((name) => name !== "build")) {
  console.log(`${String(weight(name)).padStart(7)}  ${name}`);
}
