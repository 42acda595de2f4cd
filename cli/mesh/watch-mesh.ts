/**
 * Which products another look at the files would change: a product is the bytes of its folder's files and, through what
 * is shared (its upstreams' manifests, the policies), those of others.
 */
import { createHash } from "node:crypto";
import { existsSync, watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { LoadedMesh } from "./load-mesh.ts";

/** By product: a digest that is another one whenever the product has to be started anew. */
export type Fingerprints = ReadonlyMap<string, string>;

/** Reads the folders of the products that run; policies count for all of them, because each enforces them itself. */
export async function fingerprint({ mesh, policies }: LoadedMesh): Promise<Fingerprints> {
  const shared = JSON.stringify(policies);
  const ownByProduct = new Map<string, string>();
  for (const [name, { manifest }] of mesh.products) ownByProduct.set(name, await digestFolder(manifest.folder));
  return new Map(
    [...mesh.products].map(([name, product]) => {
      // A relation puts fields of one product on the type of another, so names and keys of all linked products matter.
      const links = JSON.stringify(product.tables.map(({ toOne, referencedBy }) => [toOne, referencedBy]));
      return [
        name,
        createHash("sha256")
          .update([ownByProduct.get(name), links, shared].join("\n"))
          .digest("hex"),
      ];
    }),
  );
}

/** Products that are new or whose fingerprint differs. */
export function changedSince(before: Fingerprints, now: Fingerprints): ReadonlySet<string> {
  return new Set([...now].filter(([name, digest]) => before.get(name) !== digest).map(([name]) => name));
}

/**
 * The folders to watch for patterns: each up to its first wildcard, so that a new product's folder is seen as well.
 * Absolute.
 */
export function watchedFolders(patterns: readonly string[], folder: string): readonly string[] {
  const roots = patterns.map((pattern) => {
    const parts = pattern.split("/");
    const wild = parts.findIndex((part) => /[*?{[]/.test(part));
    return resolve(folder, ...parts.slice(0, wild === -1 ? -1 : wild));
  });
  return [...new Set(roots)].filter((root) => existsSync(root));
}

/** Calls `onChange` once things are quiet after files below the folders changed; a burst of writes is one change. */
export function watchFolders(folders: readonly string[], onChange: () => void, quietMs = 120): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const watchers = folders.map((folder) =>
    watch(folder, { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(onChange, quietMs);
    }),
  );
  return {
    close() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

async function digestFolder(folder: string): Promise<string> {
  const hash = createHash("sha256");
  const entries = await readdir(folder, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isFile()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash
      .update(name)
      .update("\0")
      .update(await readFile(join(folder, name)))
      .update("\0");
  }
  return hash.digest("hex");
}
