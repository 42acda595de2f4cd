/** `datamesh gateway --workers`: several processes behind one port, over subgraphs of the test's own. */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compose } from "#gateway";
import { type Command, runCommand, startCommand } from "./command.ts";
import { type Answered, post, startLoad } from "./load.ts";
import { isRunning, stateOf } from "./processes.ts";

/** A subgraph that says who it is; what asks for `slow` is answered when it is let go. */
interface Subgraph {
  readonly url: string;
  /** Resolves when somebody waits for `slow`. */
  held(): Promise<void>;
  letGo(): void;
  close(): Promise<void>;
}

async function serveSubgraph(word: string): Promise<Subgraph> {
  let isHeld = Promise.withResolvers<void>();
  const waiting: ServerResponse[] = [];
  const send = (response: ServerResponse, data: object): void => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }));
  };
  const server: Server = createServer((asked, response) => {
    let body = "";
    asked.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    asked.on("end", () => {
      const { query } = JSON.parse(body) as { readonly query: string };
      if (!query.includes("slow")) return send(response, { word });
      waiting.push(response);
      isHeld.resolve();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    async held() {
      await isHeld.promise;
      isHeld = Promise.withResolvers();
    },
    letGo() {
      for (const response of waiting.splice(0)) send(response, { slow: word });
    },
    async close() {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}

const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")
  type Query { word: String slow: String }`;

async function supergraphOver({ url }: Subgraph): Promise<string> {
  const result = await compose([{ name: "words", sdl, url }]);
  if (result.kind === "failed") throw new Error("the test's own graph does not compose");
  return result.supergraphSdl;
}

interface Health {
  readonly status: string;
  readonly reasons: readonly string[];
  readonly generation: { readonly number: number };
  readonly workers: readonly {
    readonly worker: number;
    readonly state: string;
    readonly pid: number;
    readonly restarts: number;
  }[];
}

let folder: string;
let file: string;
let old: Subgraph;
let next: Subgraph;
let oldSupergraph: string;
let nextSupergraph: string;
let gateway: Command;
let url: string;

const start = (...args: readonly string[]): Command =>
  startCommand(["gateway", "--supergraph", file, "--port", "0", "--workers", "2", ...args]);
/** Over connections of their own, so that every worker is asked. */
const get = async (path: string): Promise<Response> => fetch(`${url}${path}`, { headers: { connection: "close" } });
const health = async (): Promise<Health> => (await (await get("/health/ready")).json()) as Health;
const pids = async (): Promise<readonly number[]> => (await health()).workers.map(({ pid }) => pid);
const counted = async (line: string): Promise<number> => {
  const text = await (await get("/metrics")).text();
  return Number(
    text
      .split("\n")
      .find((one) => one.startsWith(`${line} `))
      ?.split(" ")
      .at(-1) ?? 0,
  );
};
const answeredOk = 'mesh_gateway_requests_total{type="query",outcome="ok"}';
const wordOf = ({ body }: Answered): unknown => (JSON.parse(body) as { data?: { word?: unknown } }).data?.word;

/** Replaces the supergraph and tells the command; resolves when it has said what came of it. */
async function reload(supergraph: string, says = /"msg":"supergraph reloaded"/): Promise<void> {
  const before = gateway.output().length;
  await writeFile(file, supergraph);
  gateway.kill("SIGHUP");
  await gateway.prints(says, before);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "datamesh-workers-"));
  file = join(folder, "supergraph.graphql");
  [old, next] = [await serveSubgraph("old"), await serveSubgraph("new")];
  [oldSupergraph, nextSupergraph] = [await supergraphOver(old), await supergraphOver(next)];
  await writeFile(file, oldSupergraph);
  gateway = start();
  url = await gateway.url();
});

afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await old?.close();
  await next?.close();
  await rm(folder, { recursive: true, force: true });
});

describe("a gateway with two workers", () => {
  it("answers by both, and counts them as one", async () => {
    const answers: Answered[] = [];
    for (let count = 0; count < 10; count++) answers.push(await post(url, { query: "{ word }" }));
    expect(answers.map(wordOf)).toEqual(Array(10).fill("old"));
    // Connections are handed out in turn, and each worker has to prepare the operation once.
    expect(await counted('mesh_operation_cache_requests_total{result="miss"}')).toBe(2);
    // Whichever is asked.
    for (let count = 0; count < 4; count++) expect(await counted(answeredOk)).toBe(10);
    const metrics = await (await get("/metrics")).text();
    const memory = [...metrics.matchAll(/^process_resident_memory_bytes\{worker="([^"]+)"\} \d+$/gm)];
    expect(memory.map(([, worker]) => worker).sort()).toEqual(["1", "2", "primary"]);
    expect(metrics).toMatch(/^mesh_supergraph_generation_info\{generation="1",supergraph="[0-9a-f]+"\} 1$/m);
    expect(await health()).toMatchObject({
      status: "UP",
      reasons: [],
      generation: { number: 1 },
      workers: [
        { worker: 1, state: "serving", restarts: 0 },
        { worker: 2, state: "serving", restarts: 0 },
      ],
    });
  });

  it("swaps on all at once under load: nothing is lost, and after the swap nobody answers from the old graph", async () => {
    const slow = post(url, { query: "{ slow }" });
    await old.held();
    const load = startLoad(url, { query: "{ word }" });
    await load.more(50);
    await reload(nextSupergraph);
    const swapped = performance.now();
    await load.more(100);
    const answers = await load.stop();

    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(new Set(answers.map(wordOf))).toEqual(new Set(["old", "new"]));
    const after = answers.filter(({ at }) => at > swapped);
    expect(after.length).toBeGreaterThan(50);
    expect(new Set(after.map(wordOf))).toEqual(new Set(["new"]));
    // What began on the old graph ends on it, although that one is gone.
    old.letGo();
    expect(JSON.parse((await slow).body)).toEqual({ data: { slow: "old" } });
    expect(await counted('mesh_supergraph_reloads_total{outcome="swapped"}')).toBe(1);
    expect((await health()).generation.number).toBe(2);
    // Nothing of it is kept anywhere.
    await expect.poll(() => counted("mesh_supergraph_generations_live")).toBe(1);
  });

  it("swaps on none when the next graph cannot be built, and says why", async () => {
    const load = startLoad(url, { query: "{ word }" });
    await reload("type Query { nothing: String }", /"msg":"reload failed; the old supergraph keeps serving"/);
    await load.more(50);
    expect(new Set((await load.stop()).map(wordOf))).toEqual(new Set(["new"]));
    for (let count = 0; count < 4; count++) {
      const { status, reasons, generation } = await health();
      expect([status, generation.number]).toEqual(["UP", 2]);
      expect(reasons).toEqual([expect.stringMatching(/^the last reload failed: ./)]);
    }
    // As it was: nothing has changed, and nothing is wrong any more.
    await writeFile(file, nextSupergraph);
    gateway.kill("SIGHUP");
    await expect.poll(async () => (await health()).reasons).toEqual([]);
  });

  it("starts a worker again that was killed, while the other goes on; what it counted is not forgotten", async () => {
    const [first = 0, second = 0] = await pids();
    const before = await counted(answeredOk);
    const said = gateway.output().length;
    process.kill(first, "SIGKILL");
    await gateway.prints(/"worker":1,.*"reason":"it ended with SIGKILL".*"msg":"a worker ended/, said);
    const load = startLoad(url, { query: "{ word }" });
    await gateway.prints(/"worker":1,.*"msg":"a worker serves again"/, said);
    await load.more(50);
    const answers = await load.stop();
    expect(answers.filter((answer) => answer.status !== 200 || wordOf(answer) !== "new")).toEqual([]);
    expect(await counted(answeredOk)).toBe(before + answers.length);

    const { workers, reasons } = await health();
    expect(reasons).toEqual([]);
    expect(workers).toMatchObject([
      { worker: 1, state: "serving", restarts: 1 },
      { worker: 2, state: "serving", restarts: 0, pid: second },
    ]);
    expect(workers[0]?.pid).not.toBe(first);
    expect(stateOf(first)).toBe("gone");
  });

  it("comes back on the same port when all workers die at once", async () => {
    const said = gateway.output().length;
    for (const pid of await pids()) process.kill(pid, "SIGKILL");
    await gateway.prints(/"worker":1,.*"msg":"a worker serves again"/, said);
    await gateway.prints(/"worker":2,.*"msg":"a worker serves again"/, said);
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(url, { query: "{ word }" })));
    expect(answers.map(wordOf)).toEqual(Array(8).fill("new"));
  });

  it("swaps on those that were started again as well", async () => {
    await reload(oldSupergraph);
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(url, { query: "{ word }" })));
    expect(new Set(answers.map(wordOf))).toEqual(new Set(["old"]));
  });

  it("pays no heed to signals that a terminal or a service manager sends to every process", async () => {
    const before = await pids();
    for (const pid of before) for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(pid, signal);
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(url, { query: "{ word }" })));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await pids()).toEqual(before);
  });

  it("finishes what is in flight at SIGTERM, ends with 0, and leaves no process", async () => {
    const before = await pids();
    const slow = [post(url, { query: "{ slow }" })];
    await old.held();
    slow.push(post(url, { query: "{ slow }" }));
    await old.held();
    gateway.kill("SIGTERM");
    await gateway.prints(/finishing requests in flight/);
    old.letGo();
    for (const answer of await Promise.all(slow)) expect(JSON.parse(answer.body)).toEqual({ data: { slow: "old" } });
    expect(await gateway.ended).toMatchObject({ code: 0, signal: null });
    expect(before.map(stateOf)).toEqual(["gone", "gone"]);
    expect((await post(url, { query: "{ word }" })).status).toBe(0);
  });
});

describe("the workers of a gateway", () => {
  it("end when the process that started them is killed", async () => {
    gateway = start();
    url = await gateway.url();
    const running = await pids();
    expect(running.map(isRunning)).toEqual([true, true]);
    gateway.kill("SIGKILL");
    // Both streams are closed by then, which the workers had open too.
    await gateway.ended;
    await expect.poll(() => running.map(isRunning)).toEqual([false, false]);
  });

  it("cut off at the end of the grace time what does not finish", async () => {
    const config = join(folder, "datamesh.yaml");
    await writeFile(
      config,
      "apiVersion: datamesh.io/v1\nkind: Mesh\nmetadata: { name: words }\nspec: { server: { shutdownGrace: 200ms } }\n",
    );
    gateway = start("--config", config);
    url = await gateway.url();
    const running = await pids();
    const slow = post(url, { query: "{ slow }" });
    await old.held();
    gateway.kill("SIGTERM");
    expect((await slow).status).toBe(0);
    expect(await gateway.ended).toMatchObject({ code: 0 });
    expect(running.map(stateOf)).toEqual(["gone", "gone"]);
    old.letGo();
  });

  it("are the reason for which the command ends when they cannot start", async () => {
    const crash = join(folder, "crash.cjs");
    await writeFile(crash, 'if (require("node:cluster").isWorker) process.exit(7);\n');
    const { code, stderr } = await runCommand(["gateway", "--supergraph", file, "--port", "0", "--workers", "2"], {
      env: { NODE_OPTIONS: `--require ${crash}` },
    });
    expect([code, stderr.trim()]).toEqual([
      1,
      expect.stringMatching(/^datamesh: worker \d ended \(exit code 7\) \(WORKER_NOT_STARTED\)$/),
    ]);
  });

  it("are the reason for which it ends later, when none is left and none can be started", async () => {
    const crash = join(folder, "crash-later.cjs");
    const flag = join(folder, "crash-now");
    const condition = `require("node:cluster").isWorker && require("node:fs").existsSync(${JSON.stringify(flag)})`;
    await writeFile(crash, `if (${condition}) process.exit(7);\n`);
    await using failing = startCommand(["gateway", "--supergraph", file, "--port", "0", "--workers", "2"], {
      env: { NODE_OPTIONS: `--require ${crash}` },
    });
    url = await failing.url();
    const running = await pids();
    await writeFile(flag, "");
    for (const pid of running) process.kill(pid, "SIGKILL");
    const { code, stderr } = await failing.ended;
    expect(code).toBe(1);
    expect(stderr.trim().split("\n").at(-1)).toMatch(
      /^datamesh: worker \d cannot be started: it ended with exit code 7; none is left \(WORKER_NOT_STARTED\)$/,
    );
  });
});

describe("`--workers`", () => {
  it("says in one line that the port is taken, as one process does", async () => {
    const other = createTcpServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const port = String((other.address() as AddressInfo).port);
    const { code, stderr } = await runCommand([...["gateway", "--supergraph", file, "--port", port, "--workers", "2"]]);
    other.close();
    expect(code).toBe(1);
    expect(stderr.split("\n").filter((line) => line.startsWith("datamesh:"))).toEqual([
      expect.stringMatching(new RegExp(`port ${port} is in use.*PORT_IN_USE`)),
    ]);
  });

  it("says in one line that the supergraph is none", async () => {
    const broken = join(folder, "broken.graphql");
    await writeFile(broken, "type Query { nothing: String }");
    const { code, stderr } = await runCommand(["gateway", "--supergraph", broken, "--port", "0", "--workers", "2"]);
    expect(code).toBe(1);
    expect(stderr.split("\n").filter((line) => line.startsWith("datamesh:"))).toEqual([
      expect.stringMatching(/cannot be served as a supergraph: .*SUPERGRAPH_INVALID/),
    ]);
  });

  it.each(["0", "-1", "1.5", "two", "257", ""])("refuses %j with what it may be", async (value) => {
    const { code, stderr } = await runCommand(["gateway", "--supergraph", file, `--workers=${value}`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--workers.*auto or a whole number from 1 to 256/s);
  });
});
