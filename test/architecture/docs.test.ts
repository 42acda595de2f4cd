/** The documentation says what the code does: generated pages are in step, codes are registered, links lead somewhere. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorRegistries } from "../../tools/reference/errors.ts";
import { referencePages } from "../../tools/reference/pages.ts";

const root = join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** Files of the repository, new ones included, without what is ignored. */
function filesNamed(...patterns: readonly string[]): readonly string[] {
  const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", ...patterns], {
    cwd: root,
    encoding: "utf8",
  });
  return list.split("\n").filter((file) => file !== "" && existsSync(join(root, file)));
}

const pages = await referencePages();

describe("the generated reference", () => {
  it.each(pages)("$file is what `npm run generate` writes", ({ file, text }) => {
    expect(read(file)).toBe(text);
  });

  it("leaves no key, option or metric without a meaning", () => {
    const rows = pages.flatMap(({ file, text }) =>
      text
        .split("\n")
        .filter((line) => /^\| `/.test(line))
        .map((line) => ({ file, cells: line.split(/(?<!\\)\|/).map((cell) => cell.trim()) })),
    );
    expect(rows.length).toBeGreaterThan(300);
    const meaningless = rows.filter(({ cells }) => cells.slice(1, -1).every((cell, at) => at === 0 || cell === ""));
    expect(meaningless).toEqual([]);
  });
});

describe("error codes", () => {
  const folders = [...new Set(errorRegistries.map(({ folder }) => folder))];
  const sources = filesNamed("*.ts").filter(
    (file) =>
      !/\.(test|suite|fixture)\.ts$/.test(file) &&
      /^(schema|policies|http|redis|events|platform|gateway|cli)\//.test(file),
  );

  /** Codes as they are raised: the first argument of an error's constructor, or `code:` beside a message. */
  const raised = sources
    .filter((file) => !file.startsWith("gateway/server/console/app/") && !file.endsWith("/errors.ts"))
    .flatMap((file) => {
      const text = read(file);
      return [
        ...text.matchAll(/\b(?!scalarError)\w*Error\(\s*"([A-Z][A-Z_]+)"/g),
        ...text.matchAll(/\bextensions: \{ code: "([A-Z][A-Z_]+)"/g),
        ...text.matchAll(/\breason: \{ code: "([A-Z][A-Z_]+)"/g),
        ...text.matchAll(/\bkind: "refused", code: "([A-Z][A-Z_]+)"/g),
      ].map(([, code = ""]) => ({ file, code }));
    });

  it("are registered wherever they are raised", () => {
    expect(raised.length).toBeGreaterThan(40);
    const registered = new Set(errorRegistries.flatMap(({ definitions }) => Object.keys(definitions)));
    expect(raised.filter(({ code }) => !registered.has(code))).toEqual([]);
  });

  it.each(errorRegistries)("of $folder are all used in that folder", ({ folder, definitions }) => {
    const own = sources
      .filter((file) => file.startsWith(`${folder}/`) && !file.endsWith("/errors.ts"))
      .map(read)
      .join("\n");
    const used = (code: string): boolean => own.includes(`"${code}"`) || own.includes(`.${code}`);
    // A helper beside the registry may be the only one that names its code.
    const helper = read(`${folder}/errors.ts`);
    const unused = Object.keys(definitions).filter((code) => !used(code) && !helper.includes(`Error("${code}"`));
    expect(unused).toEqual([]);
  });

  it("are registered in every errors.ts of the code", () => {
    const files = sources.filter((file) => file.endsWith("/errors.ts")).map((file) => dirname(file));
    expect([...folders].sort()).toEqual([...files].sort());
  });
});

describe("links", () => {
  const documents = filesNamed("*.md");

  it.each(documents)("of %s lead to files and headings that exist", (document) => {
    const text = withoutCode(read(document));
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)].map(
      ([, link, source]) => link ?? source ?? "",
    );
    const broken = targets.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(document, target));
    expect(broken).toEqual([]);
  });

  function leadsSomewhere(document: string, target: string): boolean {
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? document : join(dirname(document), path);
    if (!existsSync(join(root, file))) return false;
    return anchor === undefined || headings(read(file)).includes(anchor);
  }

  /** As GitHub makes anchors of headings. */
  function headings(text: string): readonly string[] {
    return [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    );
  }

  function withoutCode(text: string): string {
    return text.replaceAll(/^ *```.*?^ *```/gms, "");
  }
});

describe("docs/dependencies.md", () => {
  it("has a line for every dependency, and for no other package", () => {
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<
      string,
      Record<string, string>
    >;
    const needed = Object.keys({ ...dependencies, ...devDependencies });
    const explained = [...read("docs/dependencies.md").matchAll(/^\| (.*?) \|/gm)]
      .flatMap(([, names = ""]) => names.split(", "))
      .map((name) => name.replace(/ \(.*\)$/, ""))
      .filter((name) => name !== "package" && name !== "---");
    expect([...explained].sort()).toEqual([...needed].sort());
  });
});
