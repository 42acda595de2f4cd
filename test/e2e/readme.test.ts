/** The README and the guides keep their word: their queries and commands are run, and its printed answers are the real ones. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPolicy } from "#policies";
import { createProgram } from "../../cli/program.ts";
import { repository, startExampleMesh, type TestMesh } from "../mesh.ts";

const run = promisify(execFile);

interface Block {
  readonly language: string;
  readonly text: string;
  /** The block after it, when that prints what this one gives. */
  readonly answer: string | undefined;
}

const readme = await readFile(join(repository, "README.md"), "utf8");
const blocks = readBlocks(readme);
const queries = blocks.filter(({ language }) => language === "graphql");
const scripts = blocks.filter(({ language }) => language === "sh");

/** What is not run here, and where it is. */
const runElsewhere: Readonly<Record<string, string>> = {
  "npm start": "it is what test/mesh.ts starts",
  "npm test": "it is what runs this test",
  "npm run dev": "it runs until it is stopped; its parts have tests of their own",
  "DATABASE_URL=postgres://postgres@127.0.0.1:5432/mesh npm start": "test/e2e/payments-on-postgres.test.ts",
  "docker compose up --build": "it needs an engine; test/architecture/compose-file.test.ts checks the file",
};

let mesh: TestMesh;
let state: string;
let config: string;
let hasCurl: boolean;

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), "datamesh-readme-"));
  mesh = await startExampleMesh({ stateFolder: state });
  // Tokens must be signed with the key of the mesh that is asked.
  config = join(state, "datamesh.yaml");
  const example = await readFile(join(repository, "datamesh.yaml"), "utf8");
  expect(example).toContain("state: .datamesh");
  await writeFile(config, example.replace("state: .datamesh", "state: ."));
  hasCurl = await run("curl", ["--version"]).then(
    () => true,
    () => false,
  );
});

afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
  await rm(state, { recursive: true, force: true });
});

describe("the README", () => {
  it("names the two commands first", () => {
    expect(scripts.slice(0, 2).map(({ text }) => text.trim())).toEqual(["npm start", "npm test"]);
  });

  it.each(queries)("prints the answer of its query", async ({ text, answer }) => {
    const printed = JSON.parse(answer ?? "{}") as { data: unknown; extensions: Record<string, unknown> };
    const { status, body } = await mesh.ask(text);
    expect(status).toBe(200);
    expect(body.data).toEqual(printed.data);
    expect(body.extensions).toMatchObject(printed.extensions);
  });

  it("has queries, requests and commands that can be tried", () => {
    expect(queries.length).toBeGreaterThanOrEqual(1);
    expect(scripts.filter(({ text }) => text.includes("curl")).length).toBeGreaterThanOrEqual(3);
  });

  const requests = scripts.filter(({ text }) => text.includes("curl "));
  it.for(requests)("prints what its request gets: $text", { timeout: 60_000 }, async ({ text, answer }, { skip }) => {
    if (!hasCurl && process.env.DATAMESH_REQUIRE_SERVICES !== "1") skip("curl is not installed");
    const output = await shell(text);
    expect(answer).toBeDefined();
    for (const line of (answer ?? "").trim().split("\n")) expect(output).toContain(line);
  });

  const commands = scripts
    .filter(({ text }) => !text.includes("curl "))
    .flatMap(({ text }) => text.trim().split("\n"))
    .filter((command) => runElsewhere[command] === undefined);
  it.each(commands)("names a command that works: %s", { timeout: 60_000 }, async (command) => {
    expect(command).toMatch(/^npm run -s datamesh -- /);
    expect(await shell(command)).not.toBe("");
  });

  it("has each command that is tried elsewhere", () => {
    const all = scripts.flatMap(({ text }) => text.trim().split("\n"));
    expect(Object.keys(runElsewhere).filter((command) => !all.includes(command))).toEqual([]);
  });

  it("lists the commands that there are", async () => {
    const help = await shell("npm run -s datamesh -- --help");
    const commandsOf = (text: string, pattern: RegExp): readonly string[] =>
      [...text.matchAll(pattern)].map(([, name = ""]) => name).filter((name) => name !== "help");
    const listed = /\n## Commands\n(.*?)\n## /s.exec(readme)?.[1] ?? "";
    const inHelp = commandsOf(help.split("Commands:")[1] ?? "", /^ {2}([\w-]+)/gm);
    expect([...commandsOf(listed, /^\| `([\w-]+)/gm)].sort()).toEqual([...inHelp].sort());
  });
});

describe("the guides", () => {
  const guides = readdirSync(join(repository, "docs/guides")).map((file) => ({
    file,
    blocks: readBlocks(readFileSync(join(repository, "docs/guides", file), "utf8")),
  }));
  const texts = (language: string): readonly { readonly file: string; readonly text: string }[] =>
    guides.flatMap(({ file, blocks: all }) =>
      all.filter((block) => block.language === language).map(({ text }) => ({ file, text })),
    );

  it.each(texts("graphql"))("ask queries that the mesh answers ($file)", async ({ text }) => {
    // Who declares a purpose in a guide was granted it.
    const { status, body } = await mesh.ask(text, text.includes("@purpose") ? { as: "fraud-investigator" } : {});
    expect({ status, errors: body.errors }).toEqual({ status: 200, errors: undefined });
  });

  it("show a policy that can be read", () => {
    const policies = texts("yaml").filter(({ text }) => /^kind: Policy$/m.test(text));
    expect(policies.length).toBeGreaterThan(0);
    for (const { file, text } of policies) expect(readPolicy(text, file)).toMatchObject({ findings: [] });
  });

  it("name commands and options that there are", () => {
    const lines = texts("sh").flatMap(({ text }) => text.trim().split("\n"));
    const unknown = lines.filter((line) => {
      const [, words = ""] = /^npm run -s datamesh -- (.*)$/.exec(line) ?? [];
      let commands = createProgram().commands;
      let options: readonly (string | undefined)[] | undefined;
      for (const word of words.split(" ")) {
        const command = commands.find((each) => each.name() === word);
        if (command === undefined) break;
        options = command.options.map(({ long }) => long);
        commands = command.commands;
      }
      return options === undefined || (words.match(/--[\w-]+/g) ?? []).some((option) => !options.includes(option));
    });
    expect(lines.length).toBeGreaterThan(5);
    expect(unknown).toEqual([]);
  });
});

/** Runs it as a user would, but against this test's mesh and without going through npm. */
async function shell(script: string): Promise<string> {
  const node = JSON.stringify(process.execPath);
  const own = script
    .replaceAll("http://127.0.0.1:4000", mesh.url)
    .replaceAll("npm run -s datamesh -- token", `${node} cli/main.ts token --config ${JSON.stringify(config)}`)
    .replaceAll("npm run -s datamesh --", `${node} cli/main.ts`);
  const { stdout } = await run("sh", ["-euc", own], { cwd: repository, maxBuffer: 8 * 1024 * 1024 });
  return stdout;
}

function readBlocks(text: string): readonly Block[] {
  const found = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = "", content = ""]) => ({
    language,
    text: content,
  }));
  return found.map((block, at) => {
    const next = found[at + 1];
    return { ...block, answer: next?.language === "json" || next?.language === "text" ? next.text : undefined };
  });
}
