/** Products for tests of serving, linked by hand, and a storage filled with their rows. */
import type {
  ColumnType,
  DataProduct,
  Field,
  LinkedField,
  LinkedProduct,
  LinkedTable,
  MeshModel,
  OutputCache,
  Relation,
  TableOutput,
} from "#schema";
import { camelCase, pascalCase, pluralise, readColumnType, singularise } from "#schema";
import { createDuckDBStorage } from "../storage/duckdb.ts";
import type { Row, Storage } from "../storage/port.ts";

interface ColumnSpec extends Partial<Omit<Field, "name" | "type">> {
  readonly type: string;
}

export interface TableSpec {
  readonly columns: Readonly<Record<string, ColumnSpec>>;
  readonly description?: string;
  readonly deprecation?: TableOutput["deprecation"];
  readonly cache?: OutputCache;
}

function field(name: string, spec: ColumnSpec): Field {
  return {
    name,
    key: undefined,
    required: false,
    unique: false,
    description: undefined,
    examples: [],
    unit: undefined,
    enum: undefined,
    constraints: {},
    references: undefined,
    pii: undefined,
    classification: "internal",
    mask: undefined,
    subject: false,
    semanticType: undefined,
    deprecated: undefined,
    since: undefined,
    graphql: {},
    ...spec,
    type: readColumnType(spec.type),
  };
}

export function table(output: string, spec: TableSpec, relations: readonly Relation[] = []): LinkedTable {
  const fields = Object.entries(spec.columns).map(
    ([name, column]): LinkedField => ({ field: field(name, column), name: camelCase(name) }),
  );
  const key = fields
    .filter((entry) => entry.field.key !== undefined)
    .sort((a, b) => (a.field.key ?? 0) - (b.field.key ?? 0));
  const single = singularise(output);
  return {
    output: {
      type: "table",
      name: output,
      version: "1.0.0",
      description: spec.description,
      deprecation: spec.deprecation,
      storage: undefined,
      fields: fields.map((entry) => entry.field),
      key: key.map((entry) => entry.field.name),
      ...(spec.cache === undefined ? {} : { cache: spec.cache }),
    },
    typeName: pascalCase(single),
    singleName: camelCase(single),
    pluralName: camelCase(pluralise(single)),
    description: spec.description,
    fields,
    key,
    toOne: relations.filter((relation) => relation.manyTable === output),
    referencedBy: relations.filter((relation) => relation.manyTable === output),
  };
}

export function product(
  name: string,
  tables: readonly LinkedTable[],
  sla: DataProduct["quality"]["sla"] = {},
): LinkedProduct {
  const manifest: DataProduct = {
    file: `${name}/product.yaml`,
    folder: name,
    metadata: {
      name,
      domain: "sales",
      team: "sales-team",
      version: "1.2.0",
      id: `urn:mesh:sales:${name}:v1`,
      status: "operations",
      type: undefined,
      displayName: undefined,
      description: {},
      owner: "sales@example.com",
      tags: [],
      labels: {},
    },
    inputs: [],
    transformation: { type: "none", code: undefined, engine: undefined, materialization: "table" },
    outputs: tables.map((linked) => linked.output),
    quality: { checks: [], sla, onFailure: "quarantine" },
    governance: {
      pii: [],
      retention: undefined,
      compliance: [],
      classification: "internal",
      purposes: ["order-fulfilment"],
      subjectKey: undefined,
    },
    versioning: { compatibility: "backward", noticeMs: 0, maxActiveMajors: 2 },
    extensions: {},
  };
  return { manifest, tables, productInputs: [] };
}

export function meshOf(...products: readonly LinkedProduct[]): MeshModel {
  return {
    products: new Map(products.map((entry) => [entry.manifest.metadata.name, entry])),
    ingestionOrder: products.map((entry) => entry.manifest.metadata.name),
  };
}

const customerOfOrder: Relation = {
  manyProduct: "orders",
  manyTable: "orders",
  manyColumn: "customer_id",
  oneProduct: "customers",
  oneTable: "customers",
  oneTypeName: "Customer",
  oneKeyColumn: "customer_id",
  oneKeyName: "customerId",
  toOneName: "customer",
  toManyName: "orders",
  nullable: true,
};

const orderOfLine: Relation = {
  manyProduct: "orders",
  manyTable: "order_lines",
  manyColumn: "order_id",
  oneProduct: "orders",
  oneTable: "orders",
  oneTypeName: "Order",
  oneKeyColumn: "order_id",
  oneKeyName: "orderId",
  toOneName: "order",
  toManyName: "lines",
  nullable: false,
};

interface OrdersCaches {
  readonly orders?: OutputCache;
  readonly lines?: OutputCache;
}

/** Orders with lines, referring to the customers of another product. */
export const ordersProduct: LinkedProduct = ordersKeptFor({});

/** The same with these settings. */
export function ordersKeptFor(caches: OrdersCaches, sla: DataProduct["quality"]["sla"] = {}): LinkedProduct {
  return product("orders", [ordersTable(caches.orders), linesTable(caches.lines)], sla);
}

function ordersTable(cache: OutputCache | undefined): LinkedTable {
  return table(
    "orders",
    {
      description: "One order of a customer.",
      ...(cache === undefined ? {} : { cache }),
      columns: {
        order_id: {
          type: "string",
          key: 0,
          required: true,
          description: "Number of the order.",
          examples: ["CA-2017-152156"],
        },
        customer_id: { type: "string" },
        order_date: { type: "date", required: true },
        shipped_at: { type: "timestamp" },
        region: { type: "string" },
        ship_mode: { type: "string", enum: ["First Class", "Same Day", "Standard Class"] },
        total: { type: "decimal(12,2)", unit: "USD", classification: "confidential" },
        weight: { type: "double" },
        priority: {
          type: "integer",
          deprecated: {
            since: "2026-01-01",
            sunset: "2027-01-01",
            replacedBy: "Order.shipMode",
            reason: "Nobody sets it.",
            link: undefined,
          },
        },
        size_bytes: { type: "long" },
        gift: { type: "boolean" },
        contact_email: { type: "string", pii: "email" },
        tags: { type: "array<string>" },
        attributes: { type: "json", since: "1.1.0" },
      },
    },
    [customerOfOrder],
  );
}

function linesTable(cache: OutputCache | undefined): LinkedTable {
  return table(
    "order_lines",
    {
      ...(cache === undefined ? {} : { cache }),
      columns: {
        order_id: { type: "string", key: 0, required: true },
        line_number: { type: "integer", key: 1, required: true },
        quantity: { type: "integer", required: true },
        sales: { type: "decimal(12,4)", required: true },
      },
    },
    [orderOfLine],
  );
}

export const customersProduct: LinkedProduct = product("customers", [
  table("customers", {
    columns: {
      customer_id: { type: "string", key: 0, required: true },
      name: { type: "string", pii: "name", subject: true },
      segment: { type: "string", enum: ["Consumer", "Corporate", "Home Office"] },
    },
  }),
]);

export const exampleMesh: MeshModel = meshOf(ordersProduct, customersProduct);

/** Seven orders: O-6 has no customer, order n has n % 4 lines. */
export const exampleOrders: readonly Row[] = Array.from({ length: 7 }, (_, index) => ({
  order_id: `O-${index}`,
  customer_id: index === 6 ? null : `C-${index % 3}`,
  order_date: `2024-0${(index % 3) + 1}-15`,
  shipped_at: index % 2 === 0 ? null : `2024-0${(index % 3) + 1}-16T10:00:00.000Z`,
  region: index % 2 === 0 ? "West" : "East",
  ship_mode: "First Class",
  total: `${index}.10`,
  weight: index / 2,
  priority: index,
  size_bytes: BigInt(index) * 10_000_000_000n,
  gift: index % 2 === 0,
  contact_email: `person${index}@example.com`,
  tags: ["a", "b"],
  attributes: { colour: "red" },
}));

export const exampleLines: readonly Row[] = exampleOrders.flatMap((order, index) =>
  Array.from({ length: index % 4 }, (_, line) => ({
    order_id: order.order_id,
    line_number: line + 1,
    quantity: line + 2,
    sales: "10.0050",
  })),
);

/** An open DuckDB storage in memory that has published these rows per output. */
export async function memoryStorage(
  linked: LinkedProduct,
  rows: Readonly<Record<string, readonly Row[]>>,
): Promise<Storage> {
  const storage = createDuckDBStorage({ product: linked.manifest.metadata.name, file: ":memory:" });
  await storage.open();
  await publishRows(storage, linked, rows);
  return storage;
}

/** Publishes these rows as the storage's next version. */
export async function publishRows(
  storage: Storage,
  linked: LinkedProduct,
  rowsByOutput: Readonly<Record<string, readonly Row[]>>,
): Promise<void> {
  await storage.publish(async (draft) => {
    for (const { output } of linked.tables) {
      const columns: readonly { readonly name: string; readonly type: ColumnType }[] = output.fields;
      const definitions = columns.map(({ name, type }) => `null::${draft.typeName(type)} as "${name}"`).join(", ");
      await draft.createOutput(
        output.name,
        columns,
        { key: output.key, indexed: [] },
        `select ${definitions} where false`,
      );
      await draft.load(draft.layout.output(output.name, draft.version), columns, once(rowsByOutput[output.name] ?? []));
    }
    return { fingerprint: "test", publishedAt: new Date("2026-01-01T00:00:00Z") };
  });
}

async function* once(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  if (rows.length > 0) yield rows;
}
