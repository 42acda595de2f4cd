/** `npm run generate`: writes what is made from code, the manifest's JSON Schema and the reference. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePolicyJsonSchema } from "#policies";
import { writeManifestJsonSchema } from "#schema";
import { referencePages } from "./reference/pages.ts";

const root = join(import.meta.dirname, "..");

writeManifestJsonSchema();
writePolicyJsonSchema();
const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
const schemaFiles = ["schema/manifest/data-product.schema.json", "policies/policy/policy.schema.json"];
execFileSync(process.execPath, [biome, "format", "--write", ...schemaFiles], {
  cwd: root,
  stdio: ["ignore", "ignore", "inherit"],
});
for (const file of schemaFiles) console.log(`  ${file}`);

mkdirSync(join(root, "docs/reference"), { recursive: true });
for (const { file, text } of await referencePages()) {
  writeFileSync(join(root, file), text);
  console.log(`  ${file}`);
}
