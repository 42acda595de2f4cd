/** The files beside a manifest: the transformation's SQL, `schema.graphql` and `resolvers.ts`. */
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { DataProduct } from "#schema";
import { platformError } from "./errors.ts";
import { filePath } from "./ingestion/locate.ts";
import type { ExtensionFiles } from "./serving/index.ts";

export interface TransformationCode {
  readonly text: string;
  /** Relative to the product's folder, or where in the manifest it stands. */
  readonly file: string;
}

/** Undefined when the manifest names no SQL. Raises `TRANSFORMATION_INVALID` when its file cannot be read. */
export async function loadTransformation(manifest: DataProduct): Promise<TransformationCode | undefined> {
  const { type, code } = manifest.transformation;
  if (type !== "sql" || code === undefined) return undefined;
  if (!/^file:/i.test(code)) return { text: code, file: "spec.transformation.code" };
  const path = resolve(manifest.folder, filePath(code));
  const file = relative(manifest.folder, path);
  try {
    return { text: await readFile(path, "utf8"), file };
  } catch (cause) {
    throw platformError(
      "TRANSFORMATION_INVALID",
      `Product "${manifest.metadata.name}": the file ${file} of spec.transformation.code cannot be read. Paths are relative to the product's folder.`,
      { cause },
    );
  }
}

/**
 * `schema.graphql` and the default export of `resolvers.ts` (or `.js`), where they exist. A file that changed since it
 * was last loaded is loaded again. Raises `PRODUCT_EXTENSION_INVALID`.
 */
export async function loadExtension(manifest: DataProduct): Promise<ExtensionFiles> {
  const schema = join(manifest.folder, "schema.graphql");
  const resolvers = ["resolvers.ts", "resolvers.js", "resolvers.mjs"]
    .map((name) => join(manifest.folder, name))
    .find((path) => existsSync(path));
  return {
    ...(existsSync(schema) ? { schema: { file: schema, text: await readFile(schema, "utf8") } } : {}),
    ...(resolvers === undefined
      ? {}
      : { resolvers: { file: resolvers, resolvers: await importDefault(manifest, resolvers) } }),
  };
}

async function importDefault(manifest: DataProduct, path: string): Promise<unknown> {
  // The query makes Node load a changed file anew: its module cache goes by URL.
  const url = pathToFileURL(path);
  url.searchParams.set("changed", String((await stat(path)).mtimeMs));
  try {
    const module: unknown = await import(url.href);
    return (module as { readonly default?: unknown }).default;
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw platformError(
      "PRODUCT_EXTENSION_INVALID",
      `Product "${manifest.metadata.name}": ${relative(manifest.folder, path)} cannot be loaded: ${words.split("\n")[0]}`,
      { cause },
    );
  }
}
