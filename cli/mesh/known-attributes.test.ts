import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readConfig } from "../config/read-config.ts";
import { knownAttributes } from "./known-attributes.ts";

async function known(authentication: string): Promise<readonly string[] | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "known-attributes-"));
  try {
    const file = join(folder, "datamesh.yaml");
    await writeFile(
      file,
      `apiVersion: datamesh.io/v1\nkind: Mesh\nmetadata: { name: test }\nspec: { authentication: ${authentication} }\n`,
    );
    const attributes = knownAttributes(await readConfig(file));
    return attributes && [...attributes].sort();
  } finally {
    await rm(folder, { recursive: true });
  }
}

it("knows the attributes that issuers, keys and example principals give, and nothing where there are none", async () => {
  const issuer = "{ issuer: i, audience: a, jwks: 'https://i.example/keys', claims: { attributes: { team: groups } } }";
  expect(await known(`{ issuers: [${issuer}], principals: { ada: { attributes: { region: West } } } }`)).toEqual([
    "region",
    "scopes",
    "team",
  ]);
  expect(await known("{ principals: {} }")).toBeUndefined();
});
