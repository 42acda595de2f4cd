import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printFinding } from "../../finding.ts";
import type { DataProduct } from "../model.ts";
import { readManifest } from "../read-manifest.ts";
import { linkMesh } from "./link-mesh.ts";

interface Shape {
  readonly domain?: string;
  readonly version?: string;
  readonly file?: string;
  /** YAML of outputs, one a line. */
  readonly outputs?: readonly string[];
  readonly inputs?: readonly string[];
}

function product(name: string, shape: Shape = {}): DataProduct {
  const { domain = "sales", version = "1.0.0", file = `${name}/product.yaml` } = shape;
  const { outputs = [table(`${name.replaceAll("-", "_")}_rows`)], inputs = [] } = shape;
  const text = [
    "apiVersion: datamesh.io/v1",
    "kind: DataProduct",
    `metadata: { name: ${name}, team: retail, domain: ${domain}, version: ${version} }`,
    "spec:",
    `  inputs: [${inputs.join(", ")}]`,
    "  outputs:",
    ...outputs.map((output) => `    - ${output}`),
  ].join("\n");
  const { value, findings } = readManifest(text, file, { variables: {} });
  if (value === undefined) throw new Error(findings.map(printFinding).join("\n"));
  return value;
}

/** A table with the key `{singular}_id` and further columns, given as YAML. */
function table(name: string, columns: readonly string[] = [], key = `${name.replace(/s$/, "")}_id`): string {
  const schema = [`{ name: ${key}, type: string, key: true }`, ...columns];
  return `{ type: table, name: ${name}, description: d, schema: [${schema.join(", ")}] }`;
}

function reads(source: string, more = ""): string {
  return `{ type: product, source: ${source}${more} }`;
}

function refers(column: string, to: string): string {
  return `{ name: ${column}, type: string, references: ${to} }`;
}

const customers = product("customers", { domain: "crm", outputs: [table("customers")] });

/** `place level code: message` without the message's end. */
function errors(products: readonly DataProduct[]): readonly string[] {
  return linkMesh(products).findings.map(({ place, code }) => `${place.file}:${place.line}:${place.column} ${code}`);
}

function messages(products: readonly DataProduct[]): string {
  return linkMesh(products)
    .findings.map(({ message }) => message)
    .join("\n");
}

describe("names", () => {
  test("come from the table, or from the entity of an API", () => {
    const { mesh } = linkMesh([
      product("shop", {
        outputs: [
          table("order_lines", [
            "{ name: unit_price, type: double }",
            "{ name: b, type: string, graphql: { name: bee } }",
          ]),
          table("customer_profiles", [], "customer_id"),
          "{ type: api, name: api, description: d, schemaRef: customer_profiles, entity: { type: Customer } }",
        ],
      }),
    ]);
    const tables = mesh.products.get("shop")?.tables;
    expect(tables?.map(({ typeName, singleName, pluralName }) => [typeName, singleName, pluralName])).toEqual([
      ["OrderLine", "orderLine", "orderLines"],
      ["Customer", "customer", "customers"],
    ]);
    expect(tables?.[0]?.fields.map(({ name }) => name)).toEqual(["orderLineId", "unitPrice", "bee"]);
    expect(tables?.[0]?.key.map(({ name }) => name)).toEqual(["orderLineId"]);
  });

  test("without a plural still give two root fields", () => {
    const { mesh } = linkMesh([product("tv", { outputs: [table("series", [], "series_id")] })]);
    expect(mesh.products.get("tv")?.tables[0]).toMatchObject({ singleName: "series", pluralName: "seriesList" });
  });

  test("of one type in two products are an error that names both and what to change; the first by name stays", () => {
    const one = product("a-shop", { outputs: [table("orders")] });
    const two = product("b-shop", { outputs: [table("orders")] });
    for (const products of [
      [one, two],
      [two, one],
    ]) {
      const { mesh, findings } = linkMesh(products);
      expect([...mesh.products.keys()]).toEqual(["a-shop"]);
      expect(findings).toHaveLength(1);
      expect(findings[0]).toMatchObject({ code: "type-owned-twice", place: { file: "b-shop/product.yaml", line: 7 } });
      expect(findings[0]?.message).toMatch(/`Order` belongs to the product `a-shop` .*`b-shop`.*`entity.type`/);
    }
  });

  test.each([
    ["a type that GraphQL has", table("queries", [], "id"), "reserved-name"],
    ["a type that the mesh has", table("decimals", [], "id"), "reserved-name"],
    ["two columns of one name", table("orders", ["{ name: orderId, type: string }"]), "name-collision"],
    [
      "a column that introspection reserves",
      table("orders", ["{ name: a, type: string }, { name: b, type: string, graphql: { name: a } }"]),
      "name-collision",
    ],
  ])("cannot be %s", (_, output, code) => {
    const { mesh, findings } = linkMesh([product("shop", { outputs: [output] }), customers]);
    expect(findings.map((finding) => finding.code)).toEqual([code]);
    expect([...mesh.products.keys()]).toEqual(["customers"]);
  });
});

describe("products of one name", () => {
  test("leave the one whose file comes first, and say where it is", () => {
    const twice = [product("shop", { file: "b.yaml" }), product("shop", { file: "a.yaml" })];
    expect(errors(twice)).toEqual(["b.yaml:3:19 duplicate-product"]);
    expect(messages(twice)).toContain("a.yaml");
    expect(linkMesh(twice).mesh.products.get("shop")?.manifest.file).toBe("a.yaml");
  });
});

describe("references", () => {
  const orders = (column: string, ...more: readonly string[]): DataProduct =>
    product("orders", { outputs: [table("orders", [column, ...more])] });

  test("make a relation in both directions across products", () => {
    const { mesh, findings } = linkMesh([
      orders(refers("customer_id", "crm.customers/customers.customer_id")),
      customers,
    ]);
    expect(findings).toEqual([]);
    expect(mesh.products.get("orders")?.tables[0]?.toOne).toEqual([
      {
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
      },
    ]);
    expect(mesh.products.get("orders")?.tables[0]?.referencedBy).toEqual(mesh.products.get("orders")?.tables[0]?.toOne);
    expect(mesh.products.get("customers")?.tables[0]?.referencedBy).toEqual([]);
  });

  test("of two columns to one type have names that tell them apart, whatever their order", () => {
    const [buyer, seller] = ["buyer_id", "seller_id"].map((name) =>
      refers(name, "crm.customers/customers.customer_id"),
    );
    for (const columns of [
      [buyer, seller],
      [seller, buyer],
    ] as const) {
      const { mesh } = linkMesh([orders(columns[0] ?? "", columns[1] ?? ""), customers]);
      const relations = mesh.products.get("orders")?.tables[0]?.toOne ?? [];
      expect(relations.map(({ toOneName, toManyName }) => `${toOneName} ${toManyName}`).toSorted()).toEqual([
        "buyer ordersByBuyer",
        "seller ordersBySeller",
      ]);
    }
  });

  test.each([
    [
      "a column without suffix takes the type's name",
      refers("buyer", "crm.customers/customers.customer_id"),
      [],
      "customer orders",
    ],
    [
      "a name taken by a column gives way",
      refers("customer_id", "crm.customers/customers.customer_id"),
      ["{ name: customer, type: string }"],
      "customerCustomer orders",
    ],
    ["a table may refer to itself", refers("parent_id", "orders.order_id"), [], "parent orders"],
  ])("%s", (_, column, more, names) => {
    const { mesh, findings } = linkMesh([orders(column, ...more), customers]);
    expect(findings).toEqual([]);
    const relation = mesh.products.get("orders")?.tables[0]?.toOne[0];
    expect(`${relation?.toOneName} ${relation?.toManyName}`).toBe(names);
  });

  test("a to-many name taken by a column of the other type gives way", () => {
    const withOrders = product("customers", {
      domain: "crm",
      outputs: [table("customers", ["{ name: orders, type: integer }"])],
    });
    const { mesh } = linkMesh([orders(refers("customer_id", "crm.customers/customers.customer_id")), withOrders]);
    expect(mesh.products.get("orders")?.tables[0]?.toOne[0]?.toManyName).toBe("ordersByCustomer");
  });

  test.each([
    ["to a missing product", "crm.custmers/customers.customer_id", "unknown-product", /Did you mean `customers`\?/],
    [
      "to a wrong domain",
      "sales.customers/customers.customer_id",
      "wrong-domain",
      /write `crm.customers\/customers.customer_id`/,
    ],
    ["to a missing output", "crm.customers/custmers.customer_id", "unknown-output", /Did you mean `customers`\?/],
    ["to a missing column", "crm.customers/customers.custmer_id", "unknown-column", /Did you mean `customer_id`\?/],
  ])("%s are an error that costs only the relation", (_, to, code, message) => {
    const products = [orders(refers("customer_id", to)), customers];
    expect(errors(products)).toEqual([`orders/product.yaml:7:153 ${code}`]);
    expect(messages(products)).toMatch(message);
    const { mesh } = linkMesh(products);
    expect([...mesh.products.keys()]).toEqual(["customers", "orders"]);
    expect(mesh.products.get("orders")?.tables[0]?.toOne).toEqual([]);
  });

  test("must lead to the whole key and have its type", () => {
    const people = product("people", {
      outputs: [
        table("people", ["{ name: nick, type: string }"], "person_id"),
        "{ type: table, name: pairs, description: d, schema: [{ name: a, type: string, key: 1 }, { name: b, type: string, key: 2 }] }",
        "{ type: table, name: numbers, description: d, schema: [{ name: n, type: long, key: true }] }",
      ],
    });
    const to = (target: string) => linkMesh([orders(refers("x", `sales.people/${target}`)), people]).findings;
    expect(to("people.nick").map(({ code }) => code)).toEqual(["reference-to-no-key"]);
    expect(to("pairs.a").map(({ code }) => code)).toEqual(["reference-to-part-of-key"]);
    expect(to("numbers.n").map(({ code }) => code)).toEqual(["reference-type"]);
    expect(to("people.person_id")).toEqual([]);
  });
});

describe("product inputs", () => {
  const source = product("source", { version: "2.3.0", outputs: [table("facts", ["{ name: amount, type: double }"])] });
  const reader = (input: string): DataProduct => product("reader", { inputs: [input] });

  test("are resolved to product and output, and products are made after those they read", () => {
    const { mesh, findings } = linkMesh([reader(reads("sales.source@^2")), source]);
    expect(findings).toEqual([]);
    expect(mesh.ingestionOrder).toEqual(["source", "reader"]);
    expect(mesh.products.get("reader")?.productInputs).toMatchObject([{ product: "source", output: "facts" }]);
  });

  test.each([
    ["a missing product", reads("sales.sorce"), "unknown-product", /Did you mean `source`\?/],
    ["a wrong domain", reads("crm.source"), "wrong-domain", /write `sales.source`/],
    ["a missing output", reads("sales.source/fact"), "unknown-output", /Did you mean `facts`\?/],
    [
      "a version out of range",
      reads('"sales.source@^3"'),
      "version-out-of-range",
      /2\.3\.0, which is not in the range `\^3`/,
    ],
    [
      "a missing column",
      reads("sales.source", ", fields: [fact_id, amuont]"),
      "unknown-column",
      /Did you mean `amount`\?/,
    ],
  ])("of %s leave the reader out and the rest intact", (_, input, code, message) => {
    const { mesh, findings } = linkMesh([reader(input), source]);
    expect(findings.map((finding) => finding.code)).toEqual([code]);
    expect(findings[0]?.place).toMatchObject({ file: "reader/product.yaml", line: 5 });
    expect(findings[0]?.message).toMatch(message);
    expect([...mesh.products.keys()]).toEqual(["source"]);
  });

  test("in a circle are an error that prints the circle", () => {
    const circle = [
      product("bees", { inputs: [reads("sales.cats")] }),
      product("cats", { inputs: [reads("sales.ants")] }),
      product("ants", { inputs: [reads("sales.bees")] }),
    ];
    const products = [...circle, source, product("dogs", { inputs: [reads("sales.ants")] })];
    const { mesh, findings } = linkMesh(products);
    expect(findings.map(({ code }) => code)).toEqual(["input-cycle", "input-left-out"]);
    expect(findings[0]?.message).toContain("ants → bees → cats → ants");
    expect(findings[0]?.place).toMatchObject({ file: "ants/product.yaml", line: 5 });
    expect([...mesh.products.keys()]).toEqual(["source"]);
  });

  test("of itself are a circle of one", () => {
    expect(messages([product("selfish", { inputs: [reads("sales.selfish")] })])).toContain("selfish → selfish");
  });

  test("of a product that is left out leave the reader out, and a reference to it only its relation", () => {
    const broken = product("source", { inputs: [reads("sales.nothing")], outputs: [table("facts")] });
    const friend = product("friend", {
      outputs: [table("friends", [refers("fact_id", "sales.source/facts.fact_id")])],
    });
    const { mesh, findings } = linkMesh([broken, reader(reads("sales.source")), friend]);
    expect(findings.map(({ level, code }) => `${level} ${code}`).toSorted()).toEqual([
      "error input-left-out",
      "error unknown-product",
      "warning reference-left-out",
    ]);
    expect([...mesh.products.keys()]).toEqual(["friend"]);
  });
});

test("the mesh does not depend on the order of its products", () => {
  const products = [
    customers,
    product("orders", { outputs: [table("orders", [refers("customer_id", "crm.customers/customers.customer_id")])] }),
    product("b-orders", { outputs: [table("orders")] }),
    product("revenue", { inputs: [reads("sales.b-orders"), reads("crm.customers")] }),
    product("report", { inputs: [reads("sales.revenue")] }),
    product("broken", { inputs: [reads("sales.nothing")] }),
  ];
  const expected = linkMesh(products);
  fc.assert(
    fc.property(fc.shuffledSubarray(products, { minLength: products.length }), (shuffled) => {
      expect(linkMesh(shuffled)).toEqual(expected);
    }),
  );
});
