/** For tests: products from manifests in a temporary folder, run by the platform. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { linkMesh, printFinding, readManifest } from "#schema";
import type { Product } from "./product.ts";
import type { ProductEvent } from "./product-event.ts";
import { createProducts, type Products, type ProductsOptions } from "./products.fixture.ts";
import type { Row } from "./storage/port.ts";

export interface TestMesh {
  readonly folder: string;
  readonly events: ProductEvent[];
  /** What failed unexpectedly; a test that expects nothing checks that it is empty. */
  readonly faults: unknown[];
  /** Writes a file below the mesh's folder: `orders/data.csv`. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Reads every `<name>/product.yaml` of `names` and makes the products, in order of their reading each other. */
  products(names: readonly string[], options?: Partial<ProductsOptions>): Promise<Products>;
  dispose(): Promise<void>;
}

export async function createTestMesh(): Promise<TestMesh> {
  const folder = await mkdtemp(join(tmpdir(), "mesh-product-"));
  const events: ProductEvent[] = [];
  const faults: unknown[] = [];
  const made: Products[] = [];
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  };
  return {
    folder,
    events,
    faults,
    write,
    async products(names, options = {}) {
      const { readFile } = await import("node:fs/promises");
      const manifests = await Promise.all(
        names.map(async (name) => {
          const file = join(folder, name, "product.yaml");
          const read = readManifest(await readFile(file, "utf8"), file);
          if (read.value === undefined) throw new Error(read.findings.map(printFinding).join("\n"));
          return read.value;
        }),
      );
      const { mesh, findings } = linkMesh(manifests);
      const errors = findings.filter((finding) => finding.level === "error");
      if (mesh.products.size < names.length) throw new Error(errors.map(printFinding).join("\n"));
      const products = createProducts(mesh, {
        stateDir: join(folder, "state"),
        runsSchedules: false,
        onEvent: (event) => events.push(event),
        onFault: (fault) => faults.push(fault),
        ...options,
      });
      made.push(products);
      return products;
    },
    async dispose() {
      for (const products of made) await products.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The product, which the mesh must have. */
export function productOf(products: Products, name: string): Product {
  const product = products.get(name);
  if (product === undefined) throw new Error(`the mesh has no product ${name}`);
  return product;
}

/** The published rows of an output, ordered by all its columns. */
export async function rowsOf(product: Product, output: string): Promise<readonly Row[]> {
  const table = product.linked.tables.find((linked) => linked.output.name === output)?.output;
  if (table === undefined) throw new Error(`no output ${output}`);
  const snapshot = await product.snapshot();
  try {
    const columns = table.fields.map((field) => `"${field.name}"`).join(", ");
    return await snapshot.query(
      `select ${columns} from ${snapshot.table(output)} order by ${columns}`,
      [],
      new Map(table.fields.map((field) => [field.name, field.type])),
    );
  } finally {
    snapshot.release();
  }
}

/** The open rows in quarantine: port, source, line, reason and raw row. */
export async function quarantineOf(product: Product): Promise<readonly Row[]> {
  const snapshot = await product.snapshot();
  try {
    const anyTable = product.linked.tables[0]?.output.name ?? "";
    const schema = snapshot.table(anyTable).split(".")[0] ?? "";
    return await snapshot.query(
      `select port, source, line, reason, raw from ${schema}."mesh.quarantine" where status = 'open' order by port, source, line, reason, raw`,
      [],
      new Map([["line", { kind: "integer" }]]),
    );
  } finally {
    snapshot.release();
  }
}
