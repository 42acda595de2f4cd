import { appendFile, mkdtemp, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GraphQLString } from "graphql";
import { expect, it } from "vitest";
import { createKeyRing } from "../keys/key-ring.ts";
import { createMasterKey } from "../keys/master-keys.ts";
import { compileMask } from "../masking/apply-mask.ts";
import { createMaskSetup } from "../masking/mask-setup.ts";
import { findToken, forgetTokens, openFileVault } from "./file-vault.ts";

const master = createMasterKey([], new Date(0));
const keys = createKeyRing([master]);
const newFile = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), "vault-")), "state", "vault.ndjson");

function tokenise(vault: ReturnType<typeof openFileVault>, coordinate: string) {
  const mask = { technique: "tokenise", separation: "" } as const;
  const setup = createMaskSetup({ keys, vault });
  return compileMask({ effect: "mask", mask, policy: "p" }, GraphQLString, setup, coordinate);
}

it("turns tokens back into what they stand for, with the fields that gave them out", async () => {
  const file = await newFile();
  const vault = openFileVault({ file, keys, onProblem: expect.fail });
  const token = String(tokenise(vault, "Customer.email")("jane@example.com"));
  expect(tokenise(vault, "Order.email")("jane@example.com")).toBe(token);
  await vault.close();
  expect(await findToken(file, token, keys)).toEqual([
    { value: "jane@example.com", field: "Customer.email" },
    { value: "jane@example.com", field: "Order.email" },
  ]);
  expect(await findToken(file, "tok_unknown", keys)).toEqual([]);
});

it("holds no value in the clear and is its owner's alone", async () => {
  const file = await newFile();
  const vault = openFileVault({ file, keys, onProblem: expect.fail });
  tokenise(vault, "Customer.name")("Claire Gute");
  await vault.close();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, "utf8")).not.toContain("Claire");
});

it("loses nothing when tokens come faster than they are written", async () => {
  const file = await newFile();
  const vault = openFileVault({ file, keys, onProblem: expect.fail, maxWaiting: 10 });
  const mask = tokenise(vault, "Customer.name");
  const tokens = Array.from({ length: 95 }, (_, index) => String(mask(`name ${index}`)));
  await vault.close();
  const found = await Promise.all(tokens.map((token) => findToken(file, token, keys)));
  expect(found.map(([kept]) => kept?.value)).toEqual(tokens.map((_, index) => `name ${index}`));
});

it("opens what was kept before a rotation, and passes over lines that were cut off", async () => {
  const file = await newFile();
  const ring = createKeyRing([master]);
  const vault = openFileVault({ file, keys: ring, onProblem: expect.fail });
  vault.keep("tok_1", "Claire", "Customer.name");
  await vault.close();
  await appendFile(file, '{"token":"tok_1","fie\n');
  ring.replace([master, createMasterKey([master], new Date(1))]);
  expect(await findToken(file, "tok_1", ring)).toEqual([{ value: "Claire", field: "Customer.name" }]);
});

it("forgets what tokens of a value stand for, and nothing else", async () => {
  const file = await newFile();
  const vault = openFileVault({ file, keys, onProblem: expect.fail });
  const mask = tokenise(vault, "Customer.name");
  const [claire, bob] = [String(mask("Claire")), String(mask("Bob"))];
  await vault.close();
  expect(await forgetTokens(file, new Set(["Claire", "Eve"]), keys)).toBe(1);
  expect(await findToken(file, claire, keys)).toEqual([]);
  expect(await findToken(file, bob, keys)).toEqual([{ value: "Bob", field: "Customer.name" }]);
  expect(await readFile(file, "utf8")).not.toContain(claire);
});

it("masks all the same when the file cannot be written, and says so without a value", async () => {
  const problems: string[] = [];
  const noFolder = await newFile();
  await appendFile(join(noFolder, "..", "..", "state"), "");
  const vault = openFileVault({ file: noFolder, keys, onProblem: (problem) => problems.push(problem) });
  expect(tokenise(vault, "Customer.name")("Claire")).toMatch(/^tok_/);
  await vault.close();
  expect(problems).toHaveLength(1);
  expect(problems.join()).not.toContain("Claire");
});
