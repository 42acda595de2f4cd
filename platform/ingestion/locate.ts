/**
 * From a source's text to files with fingerprints. A source is a path or glob relative to the product's folder, a
 * `file://` URI, `package://<npm package>/<file>`, or an http(s) URL of an allowed host.
 */
import { existsSync } from "node:fs";
import { glob, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { platformError } from "../errors.ts";
import { fetchSource } from "./fetch-source.ts";
import { hashFile, type KnownFile, type LocateOptions, type SourceFile } from "./source-file.ts";

/** Raises `INPUT_NOT_FOUND`, `INPUT_NOT_ALLOWED`, `INPUT_UNAVAILABLE`. A glob may match nothing. */
export async function locateFiles(
  source: string,
  known: ReadonlyMap<string, KnownFile>,
  options: LocateOptions,
): Promise<readonly SourceFile[]> {
  if (/^https?:\/\//i.test(source)) return [await fetchSource(new URL(source), known.get(source), options)];
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(source)?.[1]?.toLowerCase();
  if (scheme === "package") {
    const path = findInPackage(source, options.folder);
    return [await describe(path, source, known.get(source))];
  }
  if (scheme !== undefined && scheme !== "file") {
    throw platformError(
      "INPUT_NOT_FOUND",
      `Source "${source}" has an unknown scheme. Use a path or glob, file://, package://<package>/<file> or http(s)://.`,
    );
  }
  const path = scheme === "file" ? filePath(source) : source;
  if (!/[*?[{]/.test(path)) return [await oneFile(path, options.folder, known)];
  const root = isAbsolute(path) ? "/" : options.folder;
  const found: string[] = [];
  for await (const match of glob(isAbsolute(path) ? relative("/", path) : path, { cwd: root })) found.push(match);
  const files: SourceFile[] = [];
  for (const match of found.sort()) {
    const absolute = resolve(root, match);
    if (!(await stat(absolute)).isFile()) continue;
    const name = nameOf(absolute, options.folder);
    files.push(await describe(absolute, name, known.get(name)));
  }
  return files;
}

async function oneFile(path: string, folder: string, known: ReadonlyMap<string, KnownFile>): Promise<SourceFile> {
  const absolute = resolve(folder, path);
  const name = nameOf(absolute, folder);
  const found = await stat(absolute).catch(() => undefined);
  if (found === undefined) {
    throw platformError(
      "INPUT_NOT_FOUND",
      `There is no file "${path}". Paths are relative to the product's folder; a file of an npm package is package://<package>/<file>.`,
    );
  }
  if (!found.isFile()) {
    throw platformError(
      "INPUT_NOT_FOUND",
      `"${path}" is no file. To read the files of a folder, write "${path}/*.csv".`,
    );
  }
  return describe(absolute, name, known.get(name));
}

/** `file:transform.sql`, `file://transform.sql` (relative) and `file:///data/x.csv` (absolute). */
export function filePath(uri: string): string {
  if (uri.startsWith("file:///")) return fileURLToPath(uri);
  return decodeURIComponent(uri.replace(/^file:(\/\/)?/, ""));
}

function nameOf(absolute: string, folder: string): string {
  return relative(folder, absolute).replaceAll("\\", "/");
}

/** As Node resolves packages: the nearest `node_modules` above the product's folder that has it. */
function findInPackage(source: string, folder: string): string {
  const match = /^package:\/\/((?:@[^/]+\/)?[^/]+)\/(.+)$/i.exec(source);
  const [, name = "", file = ""] = match ?? [];
  if (match === null || file.split("/").includes("..")) {
    throw platformError("INPUT_NOT_FOUND", `Source "${source}" should read package://<package>/<file in the package>.`);
  }
  for (let at = resolve(folder); ; at = dirname(at)) {
    const installed = join(at, "node_modules", name);
    if (existsSync(installed)) {
      const path = join(installed, file);
      if (existsSync(path)) return path;
      throw platformError("INPUT_NOT_FOUND", `Package "${name}" is installed but has no file "${file}".`);
    }
    if (dirname(at) === at) {
      throw platformError(
        "INPUT_NOT_FOUND",
        `Package "${name}" of source "${source}" is not installed: npm install ${name}`,
      );
    }
  }
}

async function describe(path: string, name: string, known: KnownFile | undefined): Promise<SourceFile> {
  const { size, mtimeMs } = await stat(path);
  const details = { size, mtimeMs };
  // Same size and time: not read again. An edit that keeps both is as invisible as it is to make or rsync.
  if (known !== undefined && known.details.size === size && known.details.mtimeMs === mtimeMs) {
    return { path, name, fingerprint: known.fingerprint, details };
  }
  return { path, name, fingerprint: await hashFile(path), details };
}
