/** The package as a user installs it: packed, unpacked below another project's node_modules, run from elsewhere. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPackage } from "../../tools/build.ts";
import { repository } from "../mesh.ts";

const run = promisify(execFile);

let temp: string;
/** The user's project, which is where they stand. */
let project: string;
let installed: string;
let version: string;
let mesh: ChildProcess | undefined;

const environment = {
  ...process.env,
  // Neither an own database nor the place where somebody called npm may decide what these tests see.
  DATABASE_URL: "",
  INIT_CWD: undefined,
  npm_lifecycle_event: undefined,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ""}`,
};

/** By the link that npm makes, so that the shebang, the mode and the `bin` entry are tried too. */
const command = (): string => join(project, "node_modules/.bin/datamesh");
const datamesh = (...args: readonly string[]) => run(command(), args, { cwd: project, env: environment });

beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), "datamesh-package-"));
  const stage = join(temp, "stage");
  await mkdir(stage);
  await buildPackage(join(stage, "dist"));
  for (const file of ["package.json", "LICENSE", "NOTICE"]) await cp(join(repository, file), join(stage, file));
  // The build has just been done by hand, into a folder of the test's own: `prepack` would do it again.
  await run("npm", ["pack", "--ignore-scripts", "--silent"], { cwd: stage });
  const [tarball = ""] = (await readdir(stage)).filter((name) => name.endsWith(".tgz"));

  project = join(temp, "project");
  installed = join(project, "node_modules/datamesh");
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", join(stage, tarball), "-C", installed, "--strip-components=1"]);
  const { bin, dependencies, ...manifest } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  version = manifest.version;
  // Dependencies as they are installed here, instead of from a registry; those for development are not there.
  await linkDependencies(Object.keys(dependencies));
  await mkdir(join(project, "node_modules/.bin"));
  await symlink(join("../datamesh", bin.datamesh), command());
});

afterAll(async () => {
  mesh?.kill("SIGKILL");
  await rm(temp, { recursive: true, force: true });
});

async function linkDependencies(names: readonly string[]): Promise<void> {
  for (const name of names) {
    const target = join(project, "node_modules", name);
    await mkdir(dirname(target), { recursive: true });
    await symlink(join(repository, "node_modules", name), target);
  }
}

describe("the installed package", () => {
  it("holds what runs and nothing that only its developers need", async () => {
    const files = await readdir(installed, { recursive: true, withFileTypes: true });
    const names = files.filter((file) => file.isFile()).map(({ name }) => name);
    const unwanted = (name: string): boolean => /(?<!\.d)\.ts$|\.(test|suite|fixture)\./.test(name);
    expect(names.filter(unwanted)).toEqual([]);
    expect((await readdir(installed)).sort()).toEqual(["LICENSE", "NOTICE", "dist", "package.json"]);
    const { size } = await stat(join(installed, "dist/gateway/server/console/dist/index.html"));
    expect(size).toBeGreaterThan(0);
  });

  it("needs no package that its manifest does not name", async () => {
    const named = new Set(
      Object.keys(JSON.parse(await readFile(join(installed, "package.json"), "utf8")).dependencies),
    );
    // `import … from "x"` at the beginning of a line, and `import("x")`, `require("x")` anywhere; `.` and `#` are our own.
    const imported = /(?:^(?:import|export|\}).* from |^import |\bimport\(|\brequire\()"([^".#][^"]*)"/gm;
    const unnamed = new Set<string>();
    const dist = join(installed, "dist");
    for (const file of await readdir(dist, { recursive: true })) {
      if (!file.endsWith(".js") || file.includes("console/dist")) continue;
      const text = await readFile(join(dist, file), "utf8");
      for (const [, specifier = ""] of text.matchAll(imported)) {
        const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
        if (!specifier.startsWith("node:") && !builtinModules.includes(name) && !named.has(name)) unnamed.add(name);
      }
    }
    expect([...unnamed]).toEqual([]);
  });

  it("says its version", async () => {
    expect((await datamesh("--version")).stdout).toBe(`${version}\n`);
  });

  it("prints the subgraph of an example product, which has resolvers of its own", async () => {
    const { stdout } = await datamesh("sdl", "customers");
    expect(stdout).toMatch(/type Customer .*@key\(fields: "customerId"\)/);
    expect(stdout).toContain("initials");
  });

  it("is imported by a program with its types: MeshGateway answers behind Apollo Server", {
    timeout: 90_000,
  }, async () => {
    await linkDependencies(["@apollo/server", "@types/node"]);
    const sdl = `type Query { hello: String }`;
    const program = `
      import { ApolloServer } from "@apollo/server";
      import { MeshGateway } from "datamesh/gateway";
      const server = new ApolloServer({
        gateway: new MeshGateway({
          source: {
            kind: "subgraphs",
            subgraphs: [
              {
                kind: "in-process",
                name: "greetings",
                sdl: ${JSON.stringify(sdl)},
                subgraph: {
                  name: "greetings",
                  execute: async () => ({ data: { hello: "Hello Ada" } }),
                },
              },
            ],
          },
        }),
      });
      const { body } = await server.executeOperation({ query: "{ hello }" });
      if (body.kind === "single") console.log(JSON.stringify(body.singleResult.data));
      await server.stop();
    `;
    await writeFile(join(project, "program.mts"), program);
    const { stdout } = await run(process.execPath, ["program.mts"], { cwd: project, env: environment });
    expect(stdout).toBe('{"hello":"Hello Ada"}\n');

    const guide = await readFile(join(repository, "docs/guides/apollo-server.md"), "utf8");
    const examples = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = ""]) => text);
    expect(examples.length).toBeGreaterThan(0);
    const right = [program, ...examples].map((text, index) => ({ file: `program-${index}.mts`, text }));
    const wrong = { file: "wrong.mts", text: program.replace("source: {", "sauce: {") };
    for (const { file, text } of [...right, wrong]) await writeFile(join(project, file), text);
    const errors = await typecheck([...right, wrong].map(({ file }) => file));
    expect(errors).toEqual([expect.stringMatching(/^wrong\.mts.* 'sauce' does not exist in type 'MeshGatewayConfig'/)]);
  });

  it("runs the example mesh with its console, and keeps its data where the user stands", async () => {
    mesh = spawn(command(), ["start", "--port", "0"], {
      cwd: project,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const url = await listeningUrl(mesh);

    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        query: `{ ordersAggregate { count } order(orderId: "CA-2016-152156") { customer { initials email } } }`,
      }),
    });
    const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ ordersAggregate: [{ count: 5_009 }], order: { customer: { initials: "CG" } } });
    expect(JSON.stringify(data)).not.toContain("claire");
    expect(await (await fetch(`${url}/`)).text()).toContain("<!doctype html>");

    expect(await readdir(join(project, ".datamesh"))).toContain("orders");
    expect(await readdir(join(installed, "dist"))).not.toContain(".datamesh");

    const ended = once(mesh, "exit");
    mesh.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
});

/** The compiler's errors in programs of the user's project, one a line. */
async function typecheck(files: readonly string[]): Promise<readonly string[]> {
  const compiler = join(repository, "node_modules/typescript/bin/tsc");
  const options = ["--noEmit", "--strict", "--target", "es2024", "--module", "nodenext", "--types", "node"];
  const { stdout } = await run(process.execPath, [compiler, ...options, ...files], {
    cwd: project,
    env: environment,
  }).catch((error: { readonly stdout: string }) => error);
  return stdout.split("\n").filter((line) => /^\S/.test(line));
}

/** The first address that the command prints once it listens. */
function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const url = /(http:\/\/127\.0\.0\.1:\d+)\/graphql/.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    child.once("exit", (code) => reject(new Error(`the command ended with ${code} before it listened:\n${printed}`)));
  });
}
