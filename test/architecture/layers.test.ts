/** `npm run layers` refuses every import that points the wrong way, and lets the right ones through. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

const allowed: Readonly<Record<string, readonly string[]>> = {
  schema: [],
  policies: ["schema"],
  http: ["schema"],
  redis: ["schema"],
  events: ["schema", "redis"],
  platform: ["schema", "policies", "http", "redis", "events"],
  gateway: ["schema", "policies", "http", "redis", "events"],
  subgraphs: ["platform"],
  cli: ["schema", "policies", "http", "redis", "events", "platform", "gateway"],
};
const entries = ["schema", "policies", "http", "redis", "events", "platform", "gateway"];

/** Messages of the layer rule for one file with one import, in a copy of the repository's lint configuration. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "layers-"));
  const config = JSON.parse(await readFile(join(root, "biome.json"), "utf8"));
  await writeFile(
    join(folder, "biome.json"),
    JSON.stringify({ ...config, $schema: undefined, vcs: { enabled: false } }),
  );
  await cp(join(root, "package.json"), join(folder, "package.json"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function offences(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const output = await new Promise<string>((resolve) => {
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const rules = ["--only=style/noRestrictedImports", "--only=suspicious/noImportCycles", "--max-diagnostics=none"];
    execFile(process.execPath, [biome, "lint", ...rules, "."], { cwd: folder }, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
  });
  for (const path of Object.keys(files)) await rm(join(folder, path));
  return Object.keys(files).filter((path) => output.includes(`${path}:`));
}

describe("imports point one way", () => {
  it("each folder reaches exactly the entries that are below it", async () => {
    const files: Record<string, string> = {};
    const forbidden: string[] = [];
    for (const from of Object.keys(allowed)) {
      for (const to of entries.filter((entry) => entry !== from)) {
        const path = `${from}/deep/imports-${to}.ts`;
        files[path] = `import { something } from "#${to}";\nconsole.log(something);\n`;
        if (!allowed[from]?.includes(to)) forbidden.push(path);
      }
    }
    expect([...(await offences(files))].sort()).toEqual(forbidden.sort());
  });

  it("another folder is never reached by a relative path, not even for a type", async () => {
    const files = {
      "platform/storage/sideways.ts":
        'import type { Finding } from "../../schema/finding.ts";\nexport type A = Finding;\n',
      "gateway/sideways.ts": 'import { createProduct } from "../platform/product.ts";\nconsole.log(createProduct);\n',
      "gateway/operation/own.ts": 'import { plan } from "../execution/plan.ts";\nconsole.log(plan);\n',
    };
    expect(await offences(files)).toEqual(["platform/storage/sideways.ts", "gateway/sideways.ts"]);
  });

  it("a cycle of imports is found", async () => {
    const files = {
      "schema/a.ts": 'import { b } from "./b.ts";\nexport const a = (): unknown => b;\n',
      "schema/b.ts": 'import { a } from "./a.ts";\nexport const b = (): unknown => a;\n',
    };
    expect((await offences(files)).length).toBeGreaterThan(0);
  });
});
