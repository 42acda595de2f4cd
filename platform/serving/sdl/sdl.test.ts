import { describe, expect, it } from "vitest";
import type { LinkedProduct } from "#schema";
import { customersProduct, exampleMesh, meshOf, ordersProduct, product, table } from "../serving.fixture.ts";
import { createSubgraph } from "../subgraph.ts";

const nowhere = { snapshot: () => Promise.reject(new Error("nothing is read here")) };
const sdlOf = (linked: LinkedProduct, mesh = exampleMesh): string =>
  createSubgraph({ product: linked, mesh, snapshots: nowhere }).sdl;
/** One definition of an SDL. */
const definition = (sdl: string, head: string): string =>
  sdl.split("\n\n").reduce((found, part, index, parts) => {
    if (found !== "" || !new RegExp(`^${head}\\b`, "m").test(part)) return found;
    // Descriptions may hold empty lines within a definition.
    let text = part;
    for (let next = index + 1; !text.endsWith("}") && next < parts.length; next += 1) text += `\n\n${parts[next]}`;
    return text;
  }, "");

describe("the generated SDL", () => {
  const sdl = sdlOf(ordersProduct);

  it("has the entity with everything that the manifest says of it", () => {
    expect(definition(sdl, "type Order")).toMatchInlineSnapshot(`
      """"One order of a customer."""
      type Order @key(fields: "orderId") @dataProduct(name: "orders", domain: "sales", version: "1.2.0", owner: "sales@example.com") {
        """
        Number of the order.
        Examples: \`CA-2017-152156\`.
        """
        orderId: String! @classified(level: "internal")
        customerId: String @classified(level: "internal")
        orderDate: Date! @classified(level: "internal")
        shippedAt: DateTime @classified(level: "internal")
        region: String @classified(level: "internal")
        shipMode: OrderShipMode @classified(level: "internal")
        """Unit: USD."""
        total: Decimal @classified(level: "confidential") @purpose(names: ["order-fulfilment"])
        weight: Float @classified(level: "internal")
        priority: Int @classified(level: "internal") @deprecated(reason: "Nobody sets it. Use Order.shipMode. Ends on 2027-01-01.") @sunset(date: "2027-01-01", replacedBy: "Order.shipMode", reason: "Nobody sets it.", deprecated: "2026-01-01")
        sizeBytes: BigInt @classified(level: "internal")
        gift: Boolean @classified(level: "internal")
        """
        Personal data (email): filtered, sorted and grouped by only by those who may see it as it is.
        """
        contactEmail: String @pii(category: "email") @classified(level: "internal") @purpose(names: ["order-fulfilment"])
        tags: [String] @classified(level: "internal")
        attributes: JSON @classified(level: "internal") @since(version: "1.1.0")
        """The Customer that \`customerId\` refers to."""
        customer: Customer @dataProduct(name: "orders", domain: "sales", version: "1.2.0", owner: "sales@example.com")
        """The orderLines whose \`orderId\` is this one."""
        lines(first: Int, after: String, last: Int, before: String, where: OrderLineWhere, orderBy: [OrderLineOrderBy!]): OrderLineConnection! @dataProduct(name: "orders", domain: "sales", version: "1.2.0", owner: "sales@example.com") @listSize(assumedSize: 50, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)
      }"
    `);
  });

  it("has root fields that say their product", () => {
    expect(definition(sdl, "type Query")).toMatchInlineSnapshot(`
      "type Query {
        """One Order by its key; null when there is none."""
        order(orderId: String!): Order @dataProduct(name: "orders", domain: "sales", version: "1.2.0", owner: "sales@example.com") @columnsOf(type: "Order")
        """
        Order rows, page by page: 50 unless \`first\` or \`last\` says otherwise, 1000 at most.
        """
        orders(first: Int, after: String, last: Int, before: String, where: OrderWhere, orderBy: [OrderOrderBy!]): OrderConnection @dataProduct(name: "orders", domain: "sales", version: "1.2.0", owner: "sales@example.com") @listSize(assumedSize: 50, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)
        """
        Counts, sums, averages and extremes per group, ordered by the groups unless \`orderBy\` says otherwise. Without \`first\` all groups, 1000 at most (more is an error); with \`first\` up to 10000.
        """
        ordersAggregate(where: OrderWhere, groupBy: [OrderGroupBy!], orderBy: [OrderAggregateOrderBy!], first: Int): [OrderAggregate!] @dataProduct(name: "orders", domain: "sales", version: "1.2.0", owner: "sales@example.com") @listSize(assumedSize: 1000, slicingArguments: ["first"], requireOneSlicingArgument: false)
        """One OrderLine by its key; null when there is none."""
        orderLine(orderId: String!, lineNumber: Int!): OrderLine @dataProduct(name: "orders", domain: "sales", version: "1.2.0", owner: "sales@example.com") @columnsOf(type: "OrderLine")
        """
        OrderLine rows, page by page: 50 unless \`first\` or \`last\` says otherwise, 1000 at most.
        """
        orderLines(first: Int, after: String, last: Int, before: String, where: OrderLineWhere, orderBy: [OrderLineOrderBy!]): OrderLineConnection @dataProduct(name: "orders", domain: "sales", version: "1.2.0", owner: "sales@example.com") @listSize(assumedSize: 50, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)
        """
        Counts, sums, averages and extremes per group, ordered by the groups unless \`orderBy\` says otherwise. Without \`first\` all groups, 1000 at most (more is an error); with \`first\` up to 10000.
        """
        orderLinesAggregate(where: OrderLineWhere, groupBy: [OrderLineGroupBy!], orderBy: [OrderLineAggregateOrderBy!], first: Int): [OrderLineAggregate!] @dataProduct(name: "orders", domain: "sales", version: "1.2.0", owner: "sales@example.com") @listSize(assumedSize: 1000, slicingArguments: ["first"], requireOneSlicingArgument: false)
      }"
    `);
  });

  it("adds a connection to the entity of another product, known by its key", () => {
    expect(definition(sdl, "type Customer")).toMatchInlineSnapshot(`
      "type Customer @key(fields: "customerId") {
        customerId: String!
        """The orders whose \`customerId\` is this one."""
        orders(first: Int, after: String, last: Int, before: String, where: OrderWhere, orderBy: [OrderOrderBy!]): OrderConnection @dataProduct(name: "orders", domain: "sales", version: "1.2.0", owner: "sales@example.com") @listSize(assumedSize: 50, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)
      }"
    `);
  });

  it("has operands that say whose columns they are", () => {
    expect(definition(sdl, "input OrderWhere")).toMatchInlineSnapshot(`
      """"
      All conditions must hold. SQL's logic: a comparison with null is neither true nor false, and \`not\` of it is neither; only rows for which the whole is true are given. Who may not see a column as it is cannot compare with it.
      """
      input OrderWhere @columnsOf(type: "Order") {
        and: [OrderWhere!]
        or: [OrderWhere!]
        not: OrderWhere
        orderId: StringFilter
        customerId: StringFilter
        orderDate: DateFilter
        shippedAt: DateTimeFilter
        region: StringFilter
        shipMode: OrderShipModeFilter
        total: DecimalFilter
        weight: FloatFilter
        priority: IntFilter
        sizeBytes: BigIntFilter
        gift: BooleanFilter
        contactEmail: StringFilter
      }"
    `);
    expect(definition(sdl, "enum OrderColumn")).toMatchInlineSnapshot(`
      """"
      Columns of Order to sort and group by. Who may not see a column as it is cannot use it.
      """
      enum OrderColumn @columnsOf(type: "Order") {
        ORDER_ID
        CUSTOMER_ID
        ORDER_DATE
        SHIPPED_AT
        REGION
        SHIP_MODE
        TOTAL
        WEIGHT
        PRIORITY
        SIZE_BYTES
        GIFT
        CONTACT_EMAIL
      }"
    `);
    expect(definition(sdl, "input StringFilter")).toMatchInlineSnapshot(`
      """"
      Letter case counts; \`%\` and \`_\` mean themselves; text is ordered by code point.
      """
      input StringFilter {
        eq: String
        """Rows where the column is null are not given."""
        ne: String
        in: [String!]
        notIn: [String!]
        lt: String
        lte: String
        gt: String
        gte: String
        isNull: Boolean
        contains: String
        startsWith: String
        endsWith: String
      }"
    `);
  });

  it("has aggregates of the numbers and dates", () => {
    expect(definition(sdl, "type OrderSum")).toMatchInlineSnapshot(`
      """"Exact; null when there is no value to add."""
      type OrderSum @columnsOf(type: "Order") {
        total: Decimal @classified(level: "confidential") @purpose(names: ["order-fulfilment"])
        weight: Float @classified(level: "internal")
        priority: BigInt @classified(level: "internal") @deprecated(reason: "Nobody sets it. Use Order.shipMode. Ends on 2027-01-01.") @sunset(date: "2027-01-01", replacedBy: "Order.shipMode", reason: "Nobody sets it.", deprecated: "2026-01-01")
        sizeBytes: Decimal @classified(level: "internal")
      }"
    `);
    expect(definition(sdl, "type OrderExtremes")).toMatchInlineSnapshot(`
      "type OrderExtremes @columnsOf(type: "Order") {
        orderDate: Date @classified(level: "internal")
        shippedAt: DateTime @classified(level: "internal")
        total: Decimal @classified(level: "confidential") @purpose(names: ["order-fulfilment"])
        weight: Float @classified(level: "internal")
        priority: Int @classified(level: "internal") @deprecated(reason: "Nobody sets it. Use Order.shipMode. Ends on 2027-01-01.") @sunset(date: "2027-01-01", replacedBy: "Order.shipMode", reason: "Nobody sets it.", deprecated: "2026-01-01")
        sizeBytes: BigInt @classified(level: "internal")
      }"
    `);
  });

  it("has an enum where every value becomes a name of its own, and a string where not", () => {
    expect(definition(sdl, "enum OrderShipMode")).toMatchInlineSnapshot(`
      "enum OrderShipMode {
        """First Class"""
        FIRST_CLASS
        """Same Day"""
        SAME_DAY
        """Standard Class"""
        STANDARD_CLASS
      }"
    `);
    const odd = product("odd", [
      table("odds", {
        columns: {
          id: { type: "string", key: 0, required: true },
          twice: { type: "string", enum: ["a b", "a-b"] },
          accented: { type: "string", enum: ["é"] },
          reserved: { type: "string", enum: ["true", "false"] },
          number: { type: "string", enum: ["1st"] },
          personal: { type: "string", enum: ["A", "B"], pii: "gender" },
        },
      }),
    ]);
    const text = sdlOf(odd, meshOf(odd));
    for (const name of ["twice", "accented", "reserved", "number", "personal"])
      expect(text).toMatch(new RegExp(`${name}: String[ \\n]`));
  });

  it("gives a table without a key a connection that is read from its start, and no entity", () => {
    const log = product("log", [
      table("entries", { columns: { text: { type: "string" }, secret: { type: "string", pii: "name" } } }),
    ]);
    const text = sdlOf(log, meshOf(log));
    expect(text).not.toContain("@key(");
    expect(text).toContain(
      "entries(first: Int, after: String, where: EntryWhere, orderBy: [EntryOrderBy!]): EntryConnection",
    );
    expect(text).not.toMatch(/\bentry\(/);
  });

  it("marks a whole table as going", () => {
    const old = product("old", [
      table("things", {
        columns: { id: { type: "string", key: 0, required: true } },
        deprecation: {
          since: "2026-01-01",
          sunset: "2027-01-01",
          replacedBy: "items",
          reason: undefined,
          link: "https://example.com/move",
        },
      }),
    ]);
    const text = sdlOf(old, meshOf(old));
    const sunset =
      '@sunset(date: "2027-01-01", replacedBy: "items", deprecated: "2026-01-01", link: "https://example.com/move")';
    expect(text).toContain(
      `thing(id: String!): Thing @dataProduct(name: "old", domain: "sales", version: "1.2.0", owner: "sales@example.com") @deprecated(reason: "Use items. Ends on 2027-01-01.") ${sunset}`,
    );
    expect(definition(text, "type Thing")).toContain(sunset);
  });
});

describe("a product that cannot be offered is refused", () => {
  const refusal = (linked: LinkedProduct, mesh = meshOf(linked)): unknown => {
    try {
      return sdlOf(linked, mesh);
    } catch (error) {
      return { code: (error as { code: string }).code, message: (error as Error).message };
    }
  };

  it("when a key holds personal data", () => {
    const people = product("people", [
      table("people", { columns: { email: { type: "string", key: 0, required: true, pii: "email" } } }),
    ]);
    expect(refusal(people)).toEqual({
      code: "SUBGRAPH_INVALID",
      message:
        "people: people.email is personal data (email) and cannot be a key, because it would travel unmasked between products. Use an identifier that says nothing about the person.",
    });
  });

  it("when two generated names collide", () => {
    const id = { id: { type: "string", key: 0, required: true } };
    const types = product("clash", [table("orders", { columns: id }), table("order_edges", { columns: id })]);
    expect(refusal(types)).toEqual({
      code: "SUBGRAPH_INVALID",
      message: "clash: two types would be called OrderEdge. Rename the output or the column that it comes from.",
    });
    const fields = product("clash", [table("sheep", { columns: id })]);
    expect(refusal(fields)).toEqual({
      code: "SUBGRAPH_INVALID",
      message: "clash: Query.sheep would exist twice. Rename the output, column or reference that it comes from.",
    });
  });

  it("when it refers to what the mesh does not have", () => {
    expect(refusal(ordersProduct, meshOf(ordersProduct))).toEqual({
      code: "SUBGRAPH_INVALID",
      message: "orders.customer_id refers to customers/customers.customer_id, which the mesh does not have.",
    });
  });

  it("and its neighbours are not", () => {
    expect(sdlOf(customersProduct)).toContain("type Customer");
  });
});
