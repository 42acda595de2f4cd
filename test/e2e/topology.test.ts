/**
 * The topology of docker-compose.yml as processes on this machine: every product a subgraph of its own, the gateway
 * before them, with the configuration of the containers.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import type { Answer } from "../mesh.ts";
import { repository } from "../mesh.ts";
import { postgres } from "../services.ts";
import { openSuperstore } from "../superstore.ts";
import { type Command, runCommand, startCommand } from "./command.ts";
import { fourDomainQuery, fourDomainsBySql, fourDomainsFlat } from "./four-domains.ts";

const names = ["customers", "logistics", "orders", "payments", "products", "revenue"] as const;
type Name = (typeof names)[number];

const database = await postgres();
const ownDatabase = `topology_${randomBytes(6).toString("hex")}`;
let databaseUrl = "";

let folder: string;
let config: string;
let ports: Readonly<Record<Name | "gateway", number>>;
const running = new Map<string, Command>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "datamesh-topology-"));
  const [gateway = 0, ...others] = await freePorts(1 + names.length);
  ports = {
    gateway,
    ...(Object.fromEntries(names.map((name, at) => [name, others[at] ?? 0])) as Record<Name, number>),
  };
  config = join(folder, "docker/datamesh.yaml");
  await mkdir(join(folder, "docker"));
  await writeFile(config, await localConfiguration());
  if (database.missing === undefined) {
    await onServer(`create database ${ownDatabase}`);
    const url = new URL(database.url);
    url.pathname = `/${ownDatabase}`;
    databaseUrl = url.href;
  }

  // In the order of the containers: the gateway does not wait for everyone.
  const sources = ["orders", "customers", "products", "logistics"] as const;
  for (const name of sources) serve(name);
  await untilReady("orders");
  start("gateway", ["start", "--config", config, "--port", String(ports.gateway)]);
  await Promise.all(sources.map((name) => untilReady(name)));
  for (const name of ["payments", "revenue"] as const) serve(name);
  await Promise.all([untilReady("payments"), untilReady("revenue"), untilReady("gateway")]);
  await until("the gateway has taken in every product", async () => {
    const { generation, products } = await health("gateway");
    return (
      generation !== undefined &&
      names.every((name) => products.some((one) => one.name === name && one.state !== "absent"))
    );
  });
});

afterAll(async () => {
  await Promise.all([...running.values()].map((command) => command[Symbol.asyncDispose]()));
  if (databaseUrl !== "") await onServer(`drop database if exists ${ownDatabase} with (force)`);
  await rm(folder, { recursive: true, force: true });
});

const emailQuery = `{ customer(customerId: "CG-12520") { email } }`;
const clear = "claire.gute.12520@example.com";

describe("the mesh as separate processes", () => {
  it("answers a question to four domains as plain SQL over the source does", async () => {
    await using source = await openSuperstore();
    const { body } = await ask("gateway", fourDomainQuery, { variables: { first: 100 } });
    expect(body.errors).toBeUndefined();
    expect(fourDomainsFlat(body.data ?? {})).toEqual(await fourDomainsBySql(source, 100));
  });

  it("has the rows of products that read others over HTTP", async () => {
    const { body } = await ask(
      "gateway",
      "{ payments(first: 1) { totalCount } monthlyRevenues(first: 1) { totalCount } }",
    );
    expect(body).toMatchObject({ data: { payments: { totalCount: 5_009 }, monthlyRevenues: { totalCount: 573 } } });
  });

  it.skipIf(database.missing !== undefined)(
    `keeps payments in PostgreSQL${database.missing === undefined ? "" : ` (skipped: ${database.missing})`}`,
    async () => {
      const { products } = await health("payments");
      expect(products.map(({ engine }) => engine)).toEqual(["postgres"]);
    },
  );

  it("masks an e-mail address at the gateway for nobody in particular, and shows it to customer care", async () => {
    const masked = await ask("gateway", emailQuery);
    expect(masked.body.errors).toBeUndefined();
    expect(JSON.stringify(masked.body.data)).not.toMatch(/claire|gute/);
    const shown = await ask("gateway", emailQuery, { as: "customer-care", purpose: "customer-care" });
    expect(shown.body.data).toEqual({ customer: { email: clear } });
  });

  it("masks it as well for who goes around the gateway", async () => {
    const { body } = await ask("customers", emailQuery);
    expect(body.errors).toBeUndefined();
    expect(JSON.stringify(body.data)).toMatch(/"email":"[^"]+"/);
    expect(JSON.stringify(body.data)).not.toMatch(/claire|gute/);
    const other = await ask("customers", emailQuery, { as: "analyst", purpose: "marketing-analytics" });
    expect(other.body.data).toEqual(body.data);
  });

  it("gives rows as they are only to services that may read them", async () => {
    const outputs = `http://127.0.0.1:${ports.customers}/outputs`;
    const nobody = await fetch(outputs);
    const analyst = await fetch(outputs, { headers: { authorization: `Bearer ${await token("analyst")}` } });
    expect([nobody.status, analyst.status]).toEqual([403, 403]);
    expect(await nobody.text()).toContain("OUTPUTS_FORBIDDEN");
  });

  it("goes on without a product that was killed, says who is missing, and has it again when it is back", async () => {
    const queryOf = (orderId: string): string =>
      `{ order(orderId: "${orderId}") { orderId orderLines { nodes { lineId product { category } } } } }`;
    const query = queryOf("CA-2014-100006");
    const asked = await ask("gateway", queryOf("CA-2016-152156"));
    expect(asked.body.errors).toBeUndefined();

    running.get("products")?.kill("SIGKILL");
    await running.get("products")?.ended;
    // What was asked before is kept.
    expect((await ask("gateway", queryOf("CA-2016-152156"))).body.data).toEqual(asked.body.data);
    const partial = await ask("gateway", query);
    expect(partial.status).toBe(200);
    expect(partial.body.data?.order).toMatchObject({ orderId: "CA-2014-100006" });
    expect(partial.body.errors?.map(({ extensions }) => extensions?.serviceName)).toContain("products");
    const { status, reasons } = await health("gateway");
    expect(status).toBe("UP");
    expect(reasons.filter((reason) => reason.startsWith("products: "))).toHaveLength(1);

    serve("products");
    await untilReady("products");
    // What was published before is still there: nothing is read again.
    await running.get("products")?.prints(/unchanged: version 1 is reused/);
    const again = await ask("gateway", query);
    expect(again.body.errors).toBeUndefined();
    expect(again.body.data).toMatchObject({
      order: { orderLines: { nodes: [{ product: { category: "TECHNOLOGY" } }] } },
    });
    expect((await health("gateway")).reasons).toEqual([]);
  });
});

describe("`datamesh compose` and `datamesh gateway`", () => {
  it("serve the composed products without a configuration; products then mask themselves", async () => {
    const file = join(folder, "supergraph.graphql");
    const composed = await runCommand(["compose", "--config", config, "-o", "supergraph.graphql"], { cwd: folder });
    expect([composed.code, composed.stderr]).toEqual([0, `supergraph of 6 products written to ${file}\n`]);
    await using gateway = startCommand(["gateway", "--supergraph", file, "--port", "0"]);
    const url = await gateway.url();
    await using source = await openSuperstore();
    const { body } = await ask(url, fourDomainQuery, { variables: { first: 10 } });
    expect(body.errors).toBeUndefined();
    expect(fourDomainsFlat(body.data ?? {})).toEqual(await fourDomainsBySql(source, 10));

    // Without a configuration the gateway knows no callers, so that not even customer care is believed.
    const masked = await ask(url, emailQuery, { as: "customer-care", purpose: "customer-care" });
    expect(masked.body.errors).toBeUndefined();
    expect(JSON.stringify(masked.body.data)).not.toMatch(/claire|gute/);
  });
});

describe("at SIGTERM", () => {
  it.each(["gateway", "orders"] as const)(
    "%s answers the request that it is reading, then ends with 0",
    async (name) => {
      const command = running.get(name);
      const body = JSON.stringify({ query: "{ ordersAggregate { count } }" });
      const asking = request(`http://127.0.0.1:${ports[name]}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", "content-length": body.length, expect: "100-continue" },
      });
      const answered = once(asking, "response") as Promise<[IncomingMessage]>;
      // The server has the headers when it says "continue", and waits for the body.
      asking.flushHeaders();
      await once(asking, "continue");
      command?.kill("SIGTERM");
      await command?.prints(/finishing requests in flight/);
      asking.end(body);

      const [response] = await answered;
      expect(response.statusCode).toBe(200);
      expect(JSON.parse(await text(response))).toMatchObject({ data: { ordersAggregate: [{ count: 5_009 }] } });
      expect(await command?.ended).toMatchObject({ code: 0, signal: null });
      await expect(fetch(`http://127.0.0.1:${ports[name]}/health/live`)).rejects.toThrow("fetch failed");
    },
  );
});

/** docker/datamesh.yaml, with this machine's ports in place of the containers' and state in the test's folder. */
async function localConfiguration(): Promise<string> {
  const document = parse(await readFile(join(repository, "docker/datamesh.yaml"), "utf8"));
  const { spec } = document;
  const here = ({ url }: { readonly url: string }, name: string): { readonly url: string } => {
    const address = new URL(url);
    return { url: `http://127.0.0.1:${ports[name as Name]}${address.pathname === "/" ? "" : address.pathname}` };
  };
  const byName = (addresses: Readonly<Record<string, { readonly url: string }>>): object =>
    Object.fromEntries(Object.entries(addresses).map(([name, address]) => [name, here(address, name)]));
  const files = (patterns: readonly string[]): readonly string[] =>
    patterns.map((pattern) => join(repository, "docker", pattern));
  return stringify({
    ...document,
    spec: {
      ...spec,
      products: files(spec.products),
      policies: files(spec.policies),
      console: { examples: files(spec.console.examples) },
      server: { ...spec.server, host: "127.0.0.1" },
      gateway: { ...spec.gateway, remote: byName(spec.gateway.remote), pollInterval: "500ms" },
      upstreams: byName(spec.upstreams),
      log: { level: "error" },
    },
  });
}

function serve(name: Name): void {
  start(name, ["serve", name, "--config", config, "--port", String(ports[name])]);
}

function start(name: string, args: readonly string[]): void {
  const env = name === "payments" ? { DATABASE_URL: databaseUrl } : {};
  running.set(name, startCommand(args, { cwd: folder, env }));
}

async function untilReady(name: Name | "gateway"): Promise<void> {
  const command = running.get(name);
  const failure = new AbortController();
  void command?.ended.then(() => failure.abort(new Error(`${name} ended:\n${command.output()}`)));
  await until(`${name} is ready`, async () => {
    failure.signal.throwIfAborted();
    return (await fetch(`http://127.0.0.1:${ports[name]}/health/ready`).catch(() => undefined))?.ok === true;
  });
}

/** Another process cannot be told to call back, so that it is asked again and again. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 50_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) {
      const outputs = [...running].map(([name, command]) => `--- ${name}\n${command.output()}`);
      throw new Error(`not so in 50 s: ${what}\n${outputs.join("\n")}`);
    }
    await pause(50);
  }
}

interface Health {
  readonly status: string;
  readonly reasons: readonly string[];
  readonly generation?: unknown;
  readonly products: readonly { readonly name: string; readonly state: string; readonly engine?: string }[];
}

async function health(name: Name | "gateway"): Promise<Health> {
  return (await (await fetch(`http://127.0.0.1:${ports[name]}/health/ready`)).json()) as Health;
}

const tokens = new Map<string, string>();

/** As `datamesh token` prints it. */
async function token(principal: string): Promise<string> {
  const known = tokens.get(principal);
  if (known !== undefined) return known;
  const { code, stdout, stderr } = await runCommand(["token", "--as", principal, "--config", config]);
  if (code !== 0) throw new Error(stderr);
  tokens.set(principal, stdout.trim());
  return stdout.trim();
}

async function ask(
  where: string,
  query: string,
  { variables, as, purpose }: { readonly variables?: object; readonly as?: string; readonly purpose?: string } = {},
): Promise<Pick<Answer, "status" | "body">> {
  const base = where.startsWith("http:") ? where : `http://127.0.0.1:${ports[where as Name]}`;
  const response = await fetch(`${base}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json",
      ...(as === undefined ? {} : { authorization: `Bearer ${await token(as)}` }),
      ...(purpose === undefined ? {} : { "mesh-purpose": purpose }),
    },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

async function text(message: IncomingMessage): Promise<string> {
  let all = "";
  for await (const chunk of message.setEncoding("utf8")) all += chunk;
  return all;
}

/** Ports that nobody listens on; all are held until all are found, so that none is found twice. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const found = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return found;
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
