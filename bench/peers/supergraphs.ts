/** The supergraph that all contestants serve, as files in a folder of this run. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compose } from "../engine/compose-shop.ts";
import { createShop } from "../engine/shop.ts";

export interface Supergraphs extends Disposable {
  readonly whole: string;
  /** The same without `User.birthday`. */
  readonly withoutBirthday: string;
  /** Gives the file's path. */
  write(name: string, text: string): string;
}

export function createSupergraphs(subgraphOrigin: string): Supergraphs {
  const shop = createShop();
  const folder = mkdtempSync(join(tmpdir(), "datamesh-bench-"));
  return {
    whole: compose(shop, subgraphOrigin),
    withoutBirthday: compose(
      shop.map((subgraph) => ({ ...subgraph, sdl: subgraph.sdl.replace(" birthday: String", "") })),
      subgraphOrigin,
    ),
    write(name, text) {
      const file = join(folder, `${name}.graphql`);
      writeFileSync(file, text);
      return file;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
