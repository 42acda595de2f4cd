/**
 * `npm run build`: the package as it is published. In: the sources. Out: `dist/`, JavaScript that runs on the user's Node
 * without type stripping (which Node refuses below node_modules), its types for programs that import it, the files that
 * are read at run time, and the example mesh.
 */
import { spawnSync } from "node:child_process";
import { chmod, cp, glob, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** What is read at run time as it stands, besides the compiled code. */
const assets: readonly string[] = [
  "datamesh.yaml",
  "schema/*.graphql",
  "schema/manifest/*.schema.json",
  "policies/policy/*.schema.json",
  "policies/global/*.yaml",
  "subgraphs/*.md",
  "subgraphs/*/*.{yaml,sql,graphql,md}",
];

/** Builds into `out`, which is emptied first. Throws with the compiler's messages when the sources do not compile. */
export async function buildPackage(out: string): Promise<void> {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  compile(out);
  await Promise.all([copyAssets(out), writePackageFile(out), buildConsole(out)]);
  await chmod(join(out, "cli/main.js"), 0o755);
}

function compile(out: string): void {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [compiler, "-p", join(root, "tsconfig.build.json"), "--outDir", out],
    { cwd: root, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`the sources do not compile:\n${stdout}${stderr}`);
}

async function copyAssets(out: string): Promise<void> {
  for (const pattern of assets) {
    for await (const file of glob(pattern, { cwd: root })) {
      await mkdir(dirname(join(out, file)), { recursive: true });
      await cp(join(root, file), join(out, file));
    }
  }
}

/** The nearest package.json decides what `#schema` and the like mean: here they are compiled files. */
async function writePackageFile(out: string): Promise<void> {
  const { type, imports } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    readonly type: string;
    readonly imports: Readonly<Record<string, string>>;
  };
  const compiled = Object.fromEntries(
    Object.entries(imports).map(([name, file]) => [name, file.replace(/\.ts$/, ".js")]),
  );
  await writeFile(join(out, "package.json"), `${JSON.stringify({ type, imports: compiled }, null, 2)}\n`);
}

async function buildConsole(out: string): Promise<void> {
  // Vite is loaded here, so that whoever imports this file for something else does not pay for it.
  const { build } = await import("vite");
  await build({
    configFile: join(root, "gateway/server/console/vite.config.ts"),
    logLevel: "warn",
    build: { outDir: join(out, "gateway/server/console/dist"), emptyOutDir: true },
  });
}

if (import.meta.main) {
  const out = resolve(process.argv[2] ?? join(root, "dist"));
  const begin = performance.now();
  await buildPackage(out);
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
  console.log(`${relative(process.cwd(), out) || out} built in ${seconds} s`);
}
