/** Keys, tokens and erasure by the command, beside a mesh that runs and after it has ended. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Command, runCommand, startCommand } from "./command.ts";
import { createTinyMesh, type TinyMesh, thingsManifest } from "./tiny-mesh.ts";

let tiny: TinyMesh;
let started: Command | undefined;
const environment = { APOLLO_TELEMETRY_DISABLED: "true" };

const policy = `apiVersion: datamesh.io/v1
kind: Policy
metadata: { name: contact-data, owner: protection@example.com, description: Addresses are tokens. }
spec:
  selector: { pii: [email] }
  unless: { purpose: [care] }
  effect: { type: mask, technique: tokenise }
`;

const run = (...args: readonly string[]) =>
  runCommand([...args, "--config", tiny.path("datamesh.yaml")], { env: environment });

async function start(): Promise<string> {
  started = startCommand(["start", "--config", tiny.path("datamesh.yaml")], { env: environment });
  return started.url();
}

async function stop(): Promise<void> {
  started?.kill("SIGTERM");
  await started?.ended;
}

async function emails(url: string): Promise<readonly unknown[]> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "{ things { nodes { email } } }" }),
  });
  const { data } = (await response.json()) as { data: { things: { nodes: { email: unknown }[] } } };
  return data.things.nodes.map(({ email }) => email);
}

beforeAll(async () => {
  tiny = await createTinyMesh();
  await tiny.write("policies/global/contact-data.yaml", policy);
  await tiny.write(
    "subgraphs/things/product.yaml",
    thingsManifest.replace("pii: email }", "pii: email, encrypt: true }"),
  );
});
afterAll(async () => {
  await started?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
});

describe("the key ring", () => {
  it("is made and listed without any key in what is printed", async () => {
    expect((await run("keys", "list")).stdout).toContain("holds no key");
    expect(await run("keys", "rotate")).toMatchObject({ code: 0 });
    const { stdout } = await run("keys", "list");
    const ring = JSON.parse(await readFile(tiny.path(".datamesh/keys.json"), "utf8")) as {
      keys: { id: string; secret: string }[];
    };
    expect(stdout).toContain(ring.keys[0]?.id);
    expect(stdout).not.toContain(ring.keys[0]?.secret);
  });
});

describe("beside a running mesh", () => {
  let url: string;
  let token: string;
  beforeAll(async () => {
    url = await start();
  }, 60_000);

  it("a token turns back for whom the policies show the field, and for nobody else", async () => {
    token = String((await emails(url))[0]);
    expect(token).toMatch(/^tok_.{24}@token\.invalid$/);
    await expect
      .poll(async () => readFile(tiny.path(".datamesh/vault.ndjson"), "utf8").catch(() => ""))
      .toContain(token);
    const denied = await run("reveal", token, "--as", "analyst");
    expect([denied.code, denied.stdout]).toEqual([1, ""]);
    expect(denied.stderr).toContain("REVEAL_DENIED");
    const shown = await run("reveal", token, "--as", "analyst", "--purpose", "care");
    expect(shown).toMatchObject({ code: 0, stdout: "ann@example.com\n" });
    expect((await run("reveal", "tok_none", "--as", "analyst", "--purpose", "care")).stderr).toContain(
      "REVEAL_UNKNOWN",
    );
    const records = (await run("audit", "show")).stdout;
    expect(records.match(/reveal/g)?.length).toBe(2);
    expect(records).not.toContain("ann@example.com");
  }, 60_000);

  it("a person is erased through the process that holds the files", async () => {
    const dry = await run("erase", "--subject", "a", "--dry-run");
    expect([dry.code, (await emails(url)).length]).toEqual([0, 2]);
    expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, products: [{ state: "found" }, { state: "found" }] });
    const { code, stdout } = await run("erase", "--subject", "a", "--reason", "asked for it");
    expect(code).toBe(0);
    const receipt = JSON.parse(stdout) as { products: { product: string; rows: number; state: string }[] };
    expect(receipt.products).toMatchObject([
      { product: "parts", rows: 2, state: "erased" },
      { product: "things", rows: 1, state: "erased" },
    ]);
    expect((await emails(url)).length).toBe(1);
    expect(await readFile(tiny.path(".datamesh/vault.ndjson"), "utf8")).not.toContain(token);
    expect(await readFile(tiny.path(".datamesh/evidence/erasures.ndjson"), "utf8")).toContain("asked for it");
  }, 60_000);

  it("and stays erased when everything is built anew by another start", async () => {
    await stop();
    const again = await run("erase", "--subject", "a", "--dry-run");
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ products: [{ rows: 0 }, { rows: 0 }] });
    await tiny.write(
      "subgraphs/things/things.csv",
      "thing_id,colour,email\na,red,ann@example.com\nc,green,cy@example.com\n",
    );
    expect((await emails(await start())).length).toBe(1);
    await stop();
  }, 60_000);
});
