/** The command line as a user meets it: help, mistakes, the state of the machine, and `dev` while files change. */
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createProgram } from "../../cli/program.ts";
import { repository } from "../mesh.ts";
import { type Command, runCommand, startCommand } from "./command.ts";
import { createTinyMesh, partsManifest, readerManifest, type TinyMesh, thingsManifest } from "./tiny-mesh.ts";

let tiny: TinyMesh;

beforeAll(async () => {
  tiny = await createTinyMesh();
});
afterAll(() => tiny?.[Symbol.asyncDispose]());

describe("help", () => {
  const commands = createProgram().commands.map((command) => command.name());

  it("of the program names every command", async () => {
    const { code, stdout } = await runCommand(["--help"]);
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
  });

  it.each(commands)("of `%s` says what it does and explains every option", async (name) => {
    const { code, stdout, stderr } = await runCommand([name, "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`Usage: datamesh ${name}`);
    for (const [line] of stdout.matchAll(/^ {2}-.*$/gm))
      expect(line).toMatch(/ {2}\S.*\S {2,}\S|, --help {2}|^ {2}\S+ \S+ <\w+>$/);
  });
});

describe("a mistake on the command line", () => {
  it.each([
    ["an unknown command", ["strat"], /unknown command 'strat'.*Did you mean start/s],
    ["an unknown option", ["start", "--prot", "1"], /unknown option '--prot'.*Did you mean --port/s],
    ["a port that is none", ["start", "--port", "70000"], /whole number from 0 .* to 65535/],
    ["a duration that is none", ["token", "--as", "analyst", "--expires", "soon"], /30s, 5m, 8h/],
    ["a missing argument", ["sdl"], /missing required argument 'product'/],
    ["a missing option", ["gateway"], /required option '--supergraph <file>' not specified/],
    ["an unknown product", ["sdl", "thing"], /names no product "thing".*Did you mean `things`/s],
    ["an unknown principal", ["token", "--as", "analist"], /no principal "analist".*Known: analyst/s],
    ["a configuration that is not there", ["check", "--config", "none.yaml"], /none\.yaml cannot be read.*--config/s],
    ["a query that does not fit", ["plan", "{ things { nope } }"], /planned at 1:12: Cannot query field "nope"/],
    ["a supergraph that is not there", ["gateway", "--supergraph", "none.graphql", "--port", "0"], /none\.graphql/],
    [
      "a supergraph that is none",
      ["gateway", "--supergraph", "datamesh.yaml", "--port", "0"],
      /datamesh\.yaml cannot be served as a supergraph: .*SUPERGRAPH_INVALID/s,
    ],
    [
      "trusted documents that nobody names",
      ["gateway", "--supergraph", "datamesh.yaml", "--trusted-only"],
      /name their manifest with --trusted-documents \(TRUSTED_DOCUMENTS_MISSING\)/,
    ],
    [
      "trusted documents that cannot be read",
      ["gateway", "--supergraph", "datamesh.yaml", "--port", "0", "--trusted-documents", "datamesh.yaml"],
      /datamesh\.yaml error json-syntax: The file is not JSON.*\(TRUSTED_DOCUMENTS_INVALID\)/s,
    ],
  ])("%s: one clear message and exit code 1", async (_what, args, message) => {
    const { code, stdout, stderr } = await runCommand(args, { cwd: tiny.folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/unexpected error|^ {4}at /m);
    expect(stdout).toBe("");
  });
});

describe("`datamesh check`", () => {
  beforeEach(() => tiny.reset());

  it("counts what it has read when nothing is wrong", async () => {
    const { code, stdout } = await runCommand(["check"], { cwd: tiny.folder });
    expect([code, stdout]).toEqual([0, "2 products and 1 policy checked, one graph composed: no error, 0 warnings\n"]);
  });

  it("finds nothing in the example mesh, not even a warning", async () => {
    const { code, stdout } = await runCommand(["check", "--strict", "--config", join(repository, "datamesh.yaml")]);
    expect([code, stdout]).toEqual([
      0,
      "6 products, 4 policies and 9 validators checked, one graph composed: no error, 0 warnings\n",
    ]);
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      "a mistyped key, with line and column",
      {
        "subgraphs/things/product.yaml": thingsManifest.replace(
          "colour, type: string, desc",
          "colour, tpye: string, desc",
        ),
      },
      /^subgraphs\/things\/product\.yaml:22:\d+ error unknown-key .*`tpye`.*Did you mean `type`\?$/m,
    ],
    [
      "two products that own one type",
      {
        "subgraphs/other/product.yaml": thingsManifest.replace(
          "name: things, domain: stock",
          "name: other, domain: other",
        ),
      },
      /^subgraphs\/things\/product\.yaml:\d+:\d+ error type-owned-twice .*`Thing`.*`other`/m,
    ],
    [
      "a reference that names another domain",
      { "subgraphs/parts/product.yaml": partsManifest.replace("references: stock.", "references: stokc.") },
      /^subgraphs\/parts\/product\.yaml:\d+:\d+ error wrong-domain .*write `stock\.things\/things\.thing_id`/m,
    ],
    [
      "a reference to a product that is not there",
      { "subgraphs/parts/product.yaml": partsManifest.replace("references: stock.things", "references: stock.thigns") },
      /^subgraphs\/parts\/product\.yaml:\d+:\d+ error unknown-product .*`thigns`\. Did you mean `things`\?/m,
    ],
    [
      "an input of a product that is not there",
      { "subgraphs/reader/product.yaml": readerManifest("reader", "stock.thigns@^1/things") },
      /^subgraphs\/reader\/product\.yaml:\d+:\d+ error unknown-product .*`thigns`\. Did you mean `things`\?$/m,
    ],
    [
      "products that read each other in a circle",
      {
        "subgraphs/chicken/product.yaml": readerManifest("chicken", "egg.egg@^1/egg_rows"),
        "subgraphs/egg/product.yaml": readerManifest("egg", "chicken.chicken@^1/chicken_rows"),
      },
      /error input-cycle .*chicken → egg → chicken|error input-cycle .*egg → chicken → egg/,
    ],
    [
      "a policy with an unknown key",
      { "policies/global/other.yaml": "apiVersion: datamesh.io/v1\nkind: Policy\nmetadata: { nmae: x }\n" },
      /^policies\/global\/other\.yaml:3:\d+ error unknown-key .*`nmae`.*`name`/m,
    ],
    [
      "resolvers without a schema",
      { "subgraphs/things/resolvers.ts": "export default { Nothing: { x: () => 1 } };\n" },
      /^subgraphs\/things\/product\.yaml\S* error product-extension-invalid: .*no schema\.graphql/m,
    ],
    [
      "an unknown key of the configuration",
      { "datamesh.yaml": "apiVersion: datamesh.io/v1\nkind: Mesh\nmetadata: { name: tiny }\nspec:\n  servr: {}\n" },
      /^datamesh\.yaml:5:3 error unknown-key .*`servr`.*Did you mean `server`\?$/m,
    ],
  ])("tells %s", async (_what, files, message) => {
    for (const [file, text] of Object.entries(files)) await tiny.write(file, text);
    const { code, stderr } = await runCommand(["check"], { cwd: tiny.folder });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("unexpected error");
    expect(code).toBe(1);
  });
});

describe("`datamesh compose`", () => {
  beforeEach(() => tiny.reset());

  it("writes the same supergraph to standard output and to a file, beside where the user stands", async () => {
    const printed = await runCommand(["compose"], { cwd: tiny.folder });
    expect([printed.code, printed.stderr]).toEqual([0, ""]);
    expect(printed.stdout).toMatch(/^type Thing\b/m);
    const written = await runCommand(["compose", "--out", "graph.graphql"], { cwd: join(tiny.folder, "policies") });
    expect(written.code).toBe(0);
    expect(await readFile(tiny.path("policies/graph.graphql"), "utf8")).toBe(printed.stdout);
  });

  it("writes nothing when a product is faulty", async () => {
    await tiny.write("subgraphs/parts/product.yaml", partsManifest.replace("references:", "refernces:"));
    const { code, stdout, stderr } = await runCommand(["compose"], { cwd: tiny.folder });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("`references`");
  });
});

describe("`datamesh plan`", () => {
  beforeEach(() => tiny.reset());

  it("prints what is fetched from which product, and in which order", async () => {
    const query = "{ parts(first: 1) { nodes { partId thing { colour } } } }";
    const { code, stdout, stderr } = await runCommand(["plan", query], { cwd: tiny.folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^query\n.*parts.*\n.*things.*wave 1\n {2}parts\n.*wave 2\n {2}things\n/s);
    expect(stdout).toContain("Thing{colour}");
    // A connection, and a part with its thing.
    expect(stdout).toMatch(/\ncost 3\n$/);
  });
});

describe("`datamesh plan --svg`", () => {
  beforeEach(() => tiny.reset());
  const query = "{ parts(first: 1) { nodes { partId thing { colour } } } }";

  it("draws the plan to a file or to standard output", async () => {
    const printed = await runCommand(["plan", query, "--svg"], { cwd: tiny.folder });
    expect({ code: printed.code, stderr: printed.stderr }).toEqual({ code: 0, stderr: "" });
    expect(printed.stdout).toMatch(/^<svg .*planned as 2 requests, sent as 2 requests in 2 waves.*<\/svg>\n$/s);
    const written = await runCommand(["plan", query, "--svg", "plan.svg"], { cwd: tiny.folder });
    expect([written.code, written.stdout]).toEqual([0, ""]);
    expect(written.stderr).toContain(join(tiny.folder, "plan.svg"));
    expect(await readFile(join(tiny.folder, "plan.svg"), "utf8")).toBe(printed.stdout);
  });
});

describe("`datamesh start`", () => {
  beforeEach(() => tiny.reset());

  it("says in one line that its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const port = String((other.address() as AddressInfo).port);
    const { code, stderr } = await runCommand(["start", "--port", port], { cwd: tiny.folder });
    other.close();
    expect(code).toBe(1);
    expect(
      stderr
        .trim()
        .split("\n")
        .filter((line) => line.startsWith("datamesh:")),
    ).toHaveLength(1);
    expect(stderr).toMatch(new RegExp(`${port}.*PORT_IN_USE`));
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it("says which products do not make one graph, and ends", async () => {
    await tiny.write("subgraphs/things/schema.graphql", "extend type Thing {\n  size: Size\n}\nenum Size { BIG }\n");
    await tiny.write(
      "subgraphs/things/resolvers.ts",
      `export default { Thing: { size: { requires: ["thing_id"], resolve: () => "BIG" } } };\n`,
    );
    await tiny.write("subgraphs/parts/schema.graphql", "extend type Part {\n  size: Size\n}\nscalar Size\n");
    await tiny.write(
      "subgraphs/parts/resolvers.ts",
      `export default { Part: { size: { requires: ["part_id"], resolve: () => null } } };\n`,
    );
    const { code, stderr } = await runCommand(["start", "--port", "0"], { cwd: tiny.folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Size.*parts, things|parts, things.*Size/s);
    expect(stderr).toMatch(/do not make one graph: nothing was started/);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it("serves the others when PostgreSQL cannot be reached, and keeps the password to itself", async () => {
    await tiny.write(
      "subgraphs/parts/product.yaml",
      partsManifest.replace("      name: parts\n", "      name: parts\n      storage: postgres\n"),
    );
    const closed = await closedPort();
    await using mesh = startCommand(["start"], {
      cwd: tiny.folder,
      env: { DATABASE_URL: `postgres://mesh:s3cret-word@127.0.0.1:${closed}/mesh` },
    });
    const url = await mesh.url();
    expect(await ask(url, "{ things { totalCount } }")).toEqual({ data: { things: { totalCount: 2 } } });
    const health = await (await fetch(`${url}/health/ready`)).text();
    expect(JSON.parse(health)).toMatchObject({ status: "UP", reasons: [expect.stringMatching(/^parts: /)] });
    expect(health).toContain(`127.0.0.1:${closed}`);
    expect(mesh.output()).toMatch(new RegExp(`parts +failed: .*127\\.0\\.0\\.1:${closed}`));
    expect(health + mesh.output()).not.toContain("s3cret-word");
  });

  it("takes a token of `datamesh token`, and lets it name only granted purposes", async () => {
    await using mesh = startCommand(["start"], { cwd: tiny.folder });
    const url = await mesh.url();
    const { stdout } = await runCommand(["token", "--as", "analyst"], { cwd: tiny.folder });
    const authorization = `Bearer ${stdout.trim()}`;
    const query = `{ thing(thingId: "a") { email } }`;
    expect(JSON.stringify(await ask(url, query))).not.toContain("ann@");
    expect(await ask(url, query, { authorization, "mesh-purpose": "care" })).toEqual({
      data: { thing: { email: "ann@example.com" } },
    });
    expect(await ask(url, query, { authorization, "mesh-purpose": "sales" })).toMatchObject({
      errors: [{ extensions: { code: "PURPOSE_NOT_GRANTED" } }],
    });
    expect(await ask(url, query, { authorization: `${authorization}x` })).toMatchObject({
      errors: [{ extensions: { code: "UNAUTHENTICATED" } }],
    });
  });

  it("ends with 0 at one SIGINT, and at once at a second one while a request hangs", async () => {
    await using calm = startCommand(["start"], { cwd: tiny.folder });
    await calm.url();
    calm.kill("SIGINT");
    expect(await calm.ended).toMatchObject({ code: 0 });

    await using busy = startCommand(["start"], { cwd: tiny.folder });
    const url = await busy.url();
    const hanging = request(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": 100, expect: "100-continue" },
    });
    hanging.on("error", () => undefined);
    hanging.flushHeaders();
    await once(hanging, "continue");
    busy.kill("SIGINT");
    await busy.prints(/again to end at once/);
    const begin = performance.now();
    busy.kill("SIGINT");
    expect(await busy.ended).toMatchObject({ code: 130 });
    expect(performance.now() - begin).toBeLessThan(5_000);
  });
});

describe("the configuration is found", () => {
  let elsewhere: string;
  beforeAll(async () => {
    await tiny.reset();
    elsewhere = await realpath(await mkdtemp(join(tmpdir(), "datamesh-elsewhere-")));
  });
  afterAll(() => rm(elsewhere, { recursive: true, force: true }));

  it("by --config from any folder, and from a folder below it by itself", async () => {
    const named = await runCommand(["sdl", "things", "--config", tiny.path("datamesh.yaml")], { cwd: elsewhere });
    expect(named.stdout).toContain("type Thing");
    await mkdir(tiny.path("subgraphs/things/deep"), { recursive: true });
    const below = await runCommand(["sdl", "things"], { cwd: tiny.path("subgraphs/things/deep") });
    expect(below.stdout).toBe(named.stdout);
  });

  it("from where the user stands when npm runs the command from the package's folder", async () => {
    const env = { INIT_CWD: tiny.folder, npm_lifecycle_event: "datamesh" };
    const { code, stdout } = await runCommand(["sdl", "parts", "--config", "./datamesh.yaml"], {
      cwd: repository,
      env,
    });
    expect(code).toBe(0);
    expect(stdout).toContain("type Part");
  });

  it("nowhere: the example mesh is taken", async () => {
    const { code, stdout } = await runCommand(["sdl", "orders"], { cwd: elsewhere });
    expect(code).toBe(0);
    expect(stdout).toContain("type OrderLine");
  });
});

describe("`datamesh dev`", () => {
  let mesh: Command;
  let url: string;

  beforeAll(async () => {
    await tiny.reset();
    mesh = startCommand(["dev"], { cwd: tiny.folder });
    url = await mesh.url();
    await mesh.prints(/watching/);
  });
  afterAll(() => mesh?.[Symbol.asyncDispose]());

  /** Writes a file, waits for `dev` to say what became of it, and gives what it said. */
  async function change(file: string, text: string, says: RegExp): Promise<string> {
    const before = mesh.output().length;
    await tiny.write(file, text);
    await mesh.prints(says, before);
    return mesh.output().slice(before);
  }
  const fieldsOf = async (type: string): Promise<readonly string[]> => {
    const { data } = (await ask(url, `{ __type(name: "${type}") { fields { name } } }`)) as {
      data: { __type: { fields: readonly { name: string }[] } | null };
    };
    return data.__type?.fields.map(({ name }) => name) ?? [];
  };
  const colour = () => ask(url, `{ thing(thingId: "a") { colour } }`);

  it("takes over a new column of a manifest with its SQL", async () => {
    await tiny.write(
      "subgraphs/things/transform.sql",
      "select thing_id, colour, email, length(colour) as letters from rows\n",
    );
    await change(
      "subgraphs/things/product.yaml",
      thingsManifest.replace(
        "description: Colour. }",
        "description: Colour. }\n        - { name: letters, type: integer, description: How many. }",
      ),
      /reloaded.*\(things/,
    );
    expect(await fieldsOf("Thing")).toContain("letters");
    expect(await ask(url, `{ thing(thingId: "a") { letters } }`)).toEqual({ data: { thing: { letters: 3 } } });
  });

  it("takes over SQL alone", async () => {
    await change(
      "subgraphs/things/transform.sql",
      "select thing_id, upper(colour) as colour, email, length(colour) as letters from rows\n",
      /reloaded.*things/,
    );
    expect(await colour()).toEqual({ data: { thing: { colour: "RED" } } });
  });

  it("takes over a schema with resolvers", async () => {
    await tiny.write(
      "subgraphs/things/resolvers.ts",
      `export default { Thing: { shout: { requires: ["colour"], resolve: ({ colour }) => colour + "!" } } };\n`,
    );
    await change(
      "subgraphs/things/schema.graphql",
      `extend type Thing {\n  "Loud."\n  shout: String\n}\n`,
      /reloaded.*things/,
    );
    expect(await ask(url, `{ thing(thingId: "a") { shout } }`)).toEqual({ data: { thing: { shout: "RED!" } } });
  });

  it("takes over a policy", async () => {
    const query = `{ thing(thingId: "a") { email } }`;
    expect(JSON.stringify(await ask(url, query))).not.toContain("ann@");
    const redacted = await ask(url, query);
    const policy = await readFile(tiny.path("policies/global/contact-data.yaml"), "utf8");
    await change(
      "policies/global/contact-data.yaml",
      policy.replace("technique: redact", "technique: partial"),
      /reloaded.*parts/,
    );
    const partial = await ask(url, query);
    expect(JSON.stringify(partial)).not.toContain("ann@");
    expect(partial).not.toEqual(redacted);
    await change("policies/global/contact-data.yaml", policy, /reloaded.*parts/);
    expect(await ask(url, query)).toEqual(redacted);
  });

  it("serves a new folder as a new type", async () => {
    await tiny.write("subgraphs/boxes/transform.sql", "select part_id as box_id from rows\n");
    await tiny.write("subgraphs/boxes/parts.csv", "part_id,thing_id\n7,a\n");
    await change(
      "subgraphs/boxes/product.yaml",
      partsManifest
        .replace("name: parts, domain: assembly", "name: boxes, domain: packing")
        .replace("      name: parts\n", "      name: boxes\n")
        .replace("{ name: part_id, type: string, key: true", "{ name: box_id, type: string, key: true")
        .replace(/\n {8}- \{ name: thing_id, type: string, description.*/, ""),
      /reloaded.*boxes/,
    );
    expect(await ask(url, "{ boxes { nodes { boxId } } }")).toEqual({ data: { boxes: { nodes: [{ boxId: "7" }] } } });
  });

  it("keeps what runs while a manifest is faulty, names the fault, and goes on when it is corrected", async () => {
    const good = await readFile(tiny.path("subgraphs/things/product.yaml"), "utf8");
    const said = await change(
      "subgraphs/things/product.yaml",
      good.replace("transformation:", "transfromation:"),
      /transfromation/,
    );
    expect(said).toMatch(/subgraphs\/things\/product\.yaml:\d+:\d+ error unknown-key/);
    expect(await colour()).toEqual({ data: { thing: { colour: "RED" } } });
    // The finding is printed first, and taken over into health when the rest has been looked at.
    const health = async () =>
      (await (await fetch(`${url}/health/ready`)).json()) as { status: string; reasons: readonly string[] };
    await expect.poll(async () => (await health()).reasons.join()).toContain("things");
    expect((await health()).status).toBe("UP");
    await change("subgraphs/things/product.yaml", good.replace("What there is.", "What there was."), /reloaded/);
    expect(await colour()).toEqual({ data: { thing: { colour: "RED" } } });
    expect(((await (await fetch(`${url}/health/ready`)).json()) as { reasons: readonly string[] }).reasons).toEqual([]);
  });

  it("keeps the old graph while the products do not compose", async () => {
    // One name for two kinds of type, each fine in its own product: no gateway can serve both.
    await tiny.write(
      "subgraphs/things/schema.graphql",
      "extend type Thing {\n  shout: String\n}\n\nenum Size { BIG }\n",
    );
    await tiny.write(
      "subgraphs/parts/resolvers.ts",
      `export default { Part: { size: { requires: ["part_id"], resolve: () => null } } };\n`,
    );
    const said = await change(
      "subgraphs/parts/schema.graphql",
      "scalar Size\n\nextend type Part {\n  size: Size\n}\n",
      /not reloaded/,
    );
    expect(said).toMatch(/Size/);
    expect(await colour()).toEqual({ data: { thing: { colour: "RED" } } });
    const health = async (): Promise<string> => (await fetch(`${url}/health/ready`)).text();
    expect(JSON.parse(await health())).toMatchObject({
      status: "UP",
      reasons: [expect.stringMatching(/not served: .*Size/)],
    });
    for (const file of ["schema.graphql", "resolvers.ts"]) await rm(tiny.path(`subgraphs/parts/${file}`));
    await change("subgraphs/things/schema.graphql", `extend type Thing {\n  shout: String\n}\n`, /reloaded/);
    expect(await ask(url, `{ thing(thingId: "a") { shout } }`)).toEqual({ data: { thing: { shout: "RED!" } } });
    expect(JSON.parse(await health())).toMatchObject({ reasons: [] });
  });
});

async function ask(url: string, query: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query }),
  });
  const { extensions: _extensions, ...body } = (await response.json()) as Record<string, unknown>;
  return body;
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}
