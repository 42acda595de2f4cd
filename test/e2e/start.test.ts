/** `datamesh start` as a process of its own, on a fresh state folder and again: what it says, and what it needs. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository } from "../mesh.ts";
import { fourDomainQuery } from "./four-domains.ts";

const products = ["customers", "logistics", "orders", "payments", "products", "revenue"];

let folder: string;
let config: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "datamesh-start-"));
  config = join(folder, "datamesh.yaml");
  const text = await readFile(join(repository, "datamesh.yaml"), "utf8");
  // The same configuration from another folder: state here, documents from there.
  await writeFile(
    config,
    text
      .replace("[subgraphs/*/product.yaml]", JSON.stringify([join(repository, "subgraphs/*/product.yaml")]))
      .replace("[policies/global/*.yaml]", JSON.stringify([join(repository, "policies/global/*.yaml")]))
      .replace("[subgraphs/examples/*.graphql]", JSON.stringify([join(repository, "subgraphs/examples/*.graphql")]))
      .replace(/state: .*/, `state: ${JSON.stringify(join(folder, "state"))}`),
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Started extends AsyncDisposable {
  readonly url: string;
  readonly output: string;
  /** Of the process, now and at most; undefined where the system does not tell. */
  memoryMb(): Promise<{ readonly resident: number; readonly peak: number } | undefined>;
}

/** Resolves when the process says where it can be asked; rejects with its output when it ends before. */
async function start(): Promise<Started> {
  const env = { ...process.env, DATABASE_URL: "", REDIS_URL: "", NATS_URL: "" };
  const child = spawn(process.execPath, [join(repository, "cli/main.ts"), "start", "--config", config, "--port", "0"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = await outputUntilReady(child);
  const url = /(http:\S+)\/graphql/.exec(output)?.[1] ?? "";
  return {
    url,
    output,
    async memoryMb() {
      if (process.platform !== "linux") return undefined;
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      const read = (name: string): number =>
        Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1_024;
      return { resident: read("VmRSS"), peak: read("VmHWM") };
    },
    async [Symbol.asyncDispose]() {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      await exit;
    },
  };
}

function outputUntilReady(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const take = (chunk: Buffer): void => {
      output += stripVTControlCharacters(chunk.toString());
      if (/\/health\/ready/.test(output)) resolve(output);
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.once("exit", (code) => reject(new Error(`start ended with ${code}:\n${output}`)));
  });
}

async function ask(url: string): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: fourDomainQuery, variables: { first: 100 } }),
  });
  // Its shape is compared below.
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown };
  if (errors !== undefined) throw new Error(`the answer has errors: ${JSON.stringify(errors)}`);
  return data;
}

describe("npm start", () => {
  let firstAnswer: unknown;

  it("publishes every product and keeps the whole mesh under 500 MB, also under load", async () => {
    await using mesh = await start();
    for (const product of products) expect(mesh.output).toMatch(new RegExp(`^ +${product} +published version 1:`, "m"));
    expect(mesh.output).toContain("6 of 6 products serve");
    firstAnswer = await ask(mesh.url);
    expect(firstAnswer).toHaveProperty("orders.nodes.99");
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let count = 0; count < 50; count++) await ask(mesh.url);
      }),
    );
    const memory = await mesh.memoryMb();
    if (memory !== undefined) {
      expect(memory.resident).toBeLessThan(500);
      expect(memory.peak).toBeLessThan(500);
    }
  });

  it("reuses what is published when it is started again, and answers the same", async () => {
    await using mesh = await start();
    for (const product of products) {
      expect(mesh.output).toMatch(new RegExp(`^ +${product} +unchanged: version 1 is reused`, "m"));
    }
    expect(mesh.output).not.toMatch(/ read |published/);
    expect(await ask(mesh.url)).toEqual(firstAnswer);
  });
});
