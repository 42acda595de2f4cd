/** The example mesh, asked over HTTP, gives the numbers that plain SQL gives on the source file. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startExampleMesh, type TestMesh } from "../mesh.ts";
import { openSuperstore, type Superstore } from "../superstore.ts";
import { allNodes, type Node } from "./all-nodes.ts";
import { exact } from "./exact.ts";

let mesh: TestMesh;
let source: Superstore;

/** ZIP codes are personal data: clear only for who needs them and says so. */
const customerCare = { as: "customer-care", purpose: "customer-care" } as const;

beforeAll(async () => {
  [mesh, source] = await Promise.all([startExampleMesh(), openSuperstore()]);
});

afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
  await source?.[Symbol.asyncDispose]();
});

describe("totals", () => {
  it("has as many lines, orders, customers and products as the source", async () => {
    const expected = await source.row(`
      select count(*) as lines, count(distinct order_id) as orders, count(distinct customer_id) as customers,
             count(distinct product_id) as products
      from superstore`);
    const data = await mesh.data(`{
      orderLines(first: 1) { totalCount }
      orders(first: 1) { totalCount }
      customers(first: 1) { totalCount }
      products(first: 1) { totalCount }
      payments(first: 1) { totalCount }
      shipments(first: 1) { totalCount }
    }`);
    const count = (field: string): string => String((data[field] as { totalCount: number }).totalCount);
    expect({
      lines: count("orderLines"),
      orders: count("orders"),
      customers: count("customers"),
      products: count("products"),
    }).toEqual(expected);
    // What the mesh's README says about the source.
    expect(expected).toEqual({ lines: "9994", orders: "5009", customers: "793", products: "1862" });
    expect([count("payments"), count("shipments")]).toEqual([expected.orders, expected.orders]);
  });

  it("adds sales, profit and quantity up to the same total in every product, to the last decimal", async () => {
    const expected = await source.row(
      "select sum(sales) as sales, sum(profit) as profit, sum(quantity) as quantity from superstore",
    );
    const data = await mesh.data(`{
      orderLinesAggregate { sum { sales profit quantity } }
      ordersAggregate { sum { sales profit quantity } }
      monthlyRevenuesAggregate { sum { sales profit quantity } }
      paymentsAggregate { sum { amount } }
    }`);
    const sum = (field: string): unknown => (data[field] as readonly { sum: Node }[])[0]?.sum;
    const totals = { sales: expected.sales, profit: expected.profit, quantity: expected.quantity };
    expect(totals).toEqual({ sales: "2297200.8603", profit: "286397.0217", quantity: "37873" });
    expect(sum("orderLinesAggregate")).toEqual(totals);
    expect(sum("ordersAggregate")).toEqual(totals);
    expect(sum("monthlyRevenuesAggregate")).toEqual(totals);
    expect(sum("paymentsAggregate")).toEqual({ amount: totals.sales });
  });
});

describe("rows", () => {
  it("has every order line of the source as it is there", async () => {
    const expected = await source.rows(`
      select line_id, order_id, product_id, product_name, quantity, sales, discount, profit
      from superstore order by line_id`);
    const lines = await allNodes(
      mesh,
      "orderLines",
      "lineId orderId productId productName quantity sales discount profit",
      "{ column: LINE_ID }",
    );
    expect(
      lines.map((line) => ({
        line_id: String(line.lineId),
        order_id: line.orderId,
        product_id: line.productId,
        product_name: line.productName,
        quantity: String(line.quantity),
        sales: exact(line.sales),
        discount: exact(line.discount),
        profit: exact(line.profit),
      })),
    ).toEqual(
      expected.map((line) => ({
        ...line,
        sales: exact(line.sales),
        discount: exact(line.discount),
        profit: exact(line.profit),
      })),
    );
  });

  it("has every order with its customer, day, address and exact total; ZIP codes have their zeros back", async () => {
    const expected = await source.rows(`
      select order_id, any_value(customer_id) as customer_id, any_value(order_date) as order_date,
             any_value(region) as region, any_value(state) as state, any_value(city) as city,
             right('00000' || any_value(postal_code), 5) as postal_code,
             count(*) as line_count, sum(quantity) as quantity, sum(sales) as sales, sum(profit) as profit
      from superstore group by order_id order by order_id`);
    const orders = await allNodes(
      mesh,
      "orders",
      "orderId customerId orderDate region state city postalCode lineCount quantity sales profit",
      "{ column: ORDER_ID }",
      customerCare,
    );
    expect(
      orders.map((order) => ({
        order_id: order.orderId,
        customer_id: order.customerId,
        order_date: order.orderDate,
        region: order.region,
        state: order.state,
        city: order.city,
        postal_code: order.postalCode,
        line_count: String(order.lineCount),
        quantity: String(order.quantity),
        sales: exact(order.sales),
        profit: exact(order.profit),
      })),
    ).toEqual(
      expected.map((order) => ({
        ...order,
        region: order.region?.toUpperCase(),
        sales: exact(order.sales),
        profit: exact(order.profit),
      })),
    );
    const repaired = orders.filter((order) => String(order.postalCode).startsWith("0")).length;
    const { broken } = await source.row(
      "select count(distinct order_id) as broken from superstore where length(postal_code) = 4",
    );
    expect(repaired).toBe(Number(broken));
    expect(repaired).toBeGreaterThan(0);
  });

  it("has every shipment with dates, class and destination of its order", async () => {
    const expected = await source.rows(`
      select distinct order_id, customer_id, order_date, ship_date, upper(replace(ship_mode, ' ', '_')) as ship_mode,
             upper(region) as region, state, city, right('00000' || postal_code, 5) as postal_code,
             sum(quantity) over (partition by order_id) as pieces
      from superstore order by order_id`);
    const shipments = await allNodes(
      mesh,
      "shipments",
      "orderId customerId orderDate shipDate shipMode region state city postalCode pieces",
      "{ column: ORDER_ID }",
      customerCare,
    );
    expect(
      shipments.map((shipment) => ({
        order_id: shipment.orderId,
        customer_id: shipment.customerId,
        order_date: shipment.orderDate,
        ship_date: shipment.shipDate,
        ship_mode: shipment.shipMode,
        region: shipment.region,
        state: shipment.state,
        city: shipment.city,
        postal_code: shipment.postalCode,
        pieces: String(shipment.pieces),
      })),
    ).toEqual(expected);
  });

  it("places every customer where the latest order went", async () => {
    // Another way to say it than the product's own SQL: no order of the customer is later.
    const expected = await source.rows(`
      select distinct customer_id, upper(replace(segment, ' ', '_')) as segment, upper(region) as region, state, city,
             (select min(first.order_date) from superstore as first where first.customer_id = latest.customer_id)
               as first_order_date,
             order_date as last_order_date
      from superstore as latest
      where not exists (
        select 1 from superstore as later
        where later.customer_id = latest.customer_id
          and (later.order_date > latest.order_date
               or (later.order_date = latest.order_date and later.order_id > latest.order_id)))
      order by customer_id`);
    const customers = await allNodes(
      mesh,
      "customers",
      "customerId segment region state city firstOrderDate lastOrderDate",
      "{ column: CUSTOMER_ID }",
    );
    expect(
      customers.map((customer) => ({
        customer_id: customer.customerId,
        segment: customer.segment,
        region: customer.region,
        state: customer.state,
        city: customer.city,
        first_order_date: customer.firstOrderDate,
        last_order_date: customer.lastOrderDate,
      })),
    ).toEqual(expected);
  });
});

describe("revenue", () => {
  it("equals the source in every cell of region, category and month", async () => {
    const expected = await source.rows(`
      select upper(region) as region, upper(replace(category, ' ', '_')) as category,
             strftime(order_date, '%Y-%m-01') as month,
             sum(sales) as sales, sum(profit) as profit,
             sum(case when segment = 'Consumer' then sales else 0 end) as consumer_sales,
             sum(case when segment = 'Corporate' then sales else 0 end) as corporate_sales,
             sum(case when segment = 'Home Office' then sales else 0 end) as home_office_sales,
             sum(quantity) as quantity, count(*) as line_count,
             count(distinct order_id) as order_count, count(distinct customer_id) as customer_count
      from superstore group by all order by region, category, month`);
    const cells = await allNodes(
      mesh,
      "monthlyRevenues",
      `region category month sales profit consumerSales corporateSales homeOfficeSales
       quantity lineCount orderCount customerCount`,
      "{ column: REGION }, { column: CATEGORY }, { column: MONTH }",
    );
    expect(
      cells.map((cell) => ({
        region: cell.region,
        category: cell.category,
        month: cell.month,
        sales: exact(cell.sales),
        profit: exact(cell.profit),
        consumer_sales: exact(cell.consumerSales),
        corporate_sales: exact(cell.corporateSales),
        home_office_sales: exact(cell.homeOfficeSales),
        quantity: String(cell.quantity),
        line_count: String(cell.lineCount),
        order_count: String(cell.orderCount),
        customer_count: String(cell.customerCount),
      })),
    ).toEqual(
      expected.map((cell) => ({
        ...cell,
        ...Object.fromEntries(
          ["sales", "profit", "consumer_sales", "corporate_sales", "home_office_sales"].map((name) => [
            name,
            exact(cell[name]),
          ]),
        ),
      })),
    );
    expect(cells).toHaveLength(573);
  });

  it("equals the source per region, per category and per year when the graph adds it up", async () => {
    const aggregate = async (groupBy: string, field: string): Promise<readonly (readonly unknown[])[]> => {
      const data = await mesh.data(
        `{ monthlyRevenuesAggregate(groupBy: [${groupBy}]) { group { ${field} } sum { sales } } }`,
      );
      const groups = data.monthlyRevenuesAggregate as readonly { group: Node; sum: Node }[];
      return groups.map(({ group, sum }) => [group[field], sum.sales]);
    };
    const plain = async (expression: string): Promise<readonly (readonly unknown[])[]> => {
      const rows = await source.rows(
        `select ${expression} as name, sum(sales) as sales from superstore group by 1 order by 1`,
      );
      return rows.map((row) => [row.name, row.sales]);
    };
    expect(await aggregate("{ column: REGION }", "region")).toEqual(await plain("upper(region)"));
    expect(await aggregate("{ column: CATEGORY }", "category")).toEqual(
      await plain("upper(replace(category, ' ', '_'))"),
    );
    expect(await aggregate("{ column: MONTH, unit: YEAR }", "month")).toEqual(
      await plain("strftime(order_date, '%Y-01-01')"),
    );
  });
});

describe("known defects of the source", () => {
  it("finds the products with two names and gives each one name by a rule", async () => {
    const names = await source.rows(`
      select product_id, product_name, count(*) as lines, min(line_id) as first_line
      from superstore group by all`);
    const namesById = Map.groupBy(names, (row) => row.product_id ?? "");
    const expected = [...namesById]
      .map(([productId, rows]) => {
        const sorted = rows.toSorted(
          (a, b) => Number(b.lines) - Number(a.lines) || Number(a.first_line) - Number(b.first_line),
        );
        const [name, ...alternateNames] = sorted.map((row) => row.product_name);
        return { productId, name, alternateNames };
      })
      .sort((a, b) => (a.productId < b.productId ? -1 : 1));
    const products = await allNodes(mesh, "products", "productId name alternateNames", "{ column: PRODUCT_ID }");
    expect(products).toEqual(expected);
    expect(products.filter(({ alternateNames }) => (alternateNames as readonly string[]).length > 0)).toHaveLength(32);
  });

  it("marks the lines of the eight repeated pairs, and the one line that is an exact copy", async () => {
    const expected = await source.rows(`
      select line_id, order_id, product_id from superstore as line
      where exists (select 1 from superstore as other
                    where other.order_id = line.order_id and other.product_id = line.product_id
                      and other.line_id <> line.line_id)
      order by order_id, line_id`);
    const data = await mesh.data(`{
      orderLines(where: { repeated: { eq: true } }, orderBy: [{ column: ORDER_ID }, { column: LINE_ID }], first: 100) {
        nodes { lineId orderId productId occurrence duplicate }
      }
      single: orderLines(where: { repeated: { eq: false }, occurrence: { gt: 1 } }) { totalCount }
    }`);
    const { nodes } = data.orderLines as { nodes: readonly Node[] };
    expect(
      nodes.map(({ lineId, orderId, productId }) => ({
        line_id: String(lineId),
        order_id: orderId,
        product_id: productId,
      })),
    ).toEqual(expected);
    expect(new Set(expected.map((line) => `${line.order_id} ${line.product_id}`)).size).toBe(8);
    expect(nodes.map(({ occurrence }) => occurrence)).toEqual(Array.from({ length: 8 }, () => [1, 2]).flat());
    expect(nodes.filter(({ duplicate }) => duplicate)).toEqual([
      { lineId: 3407, orderId: "US-2014-150119", productId: "FUR-CH-10002965", occurrence: 2, duplicate: true },
    ]);
    expect(data.single).toEqual({ totalCount: 0 });
  });
});
