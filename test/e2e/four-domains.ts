import type { SourceRow, Superstore } from "../superstore.ts";
import type { Node } from "./all-nodes.ts";
import { exact } from "./exact.ts";

/**
 * One question to four domains: the hundred latest orders of a year with their customer (customers), the product of each
 * line (products) and the shipment (logistics).
 */
export const fourDomainQuery = `
  query FourDomains($first: Int!) {
    orders(
      first: $first
      where: { orderDate: { lt: "2017-01-01" } }
      orderBy: [{ column: ORDER_DATE, direction: DESC }, { column: ORDER_ID }]
    ) {
      nodes {
        orderId
        orderDate
        customer { customerId segment city }
        orderLines(first: 100, orderBy: [{ column: LINE_ID }]) {
          nodes { lineId quantity sales product { productId category subCategory } }
        }
        shipments(first: 5) { nodes { shipDate shipMode pieces } }
      }
    }
  }`;

export type FlatLine = Readonly<Record<string, string | undefined>>;

/** The same question as one join over the source file, one row per line. The customer's city is the latest order's. */
export async function fourDomainsBySql(source: Superstore, orders: number): Promise<readonly FlatLine[]> {
  const rows = await source.rows(`
    with asked as (
      select distinct order_id, order_date from superstore
      where order_date < date '2017-01-01'
      order by order_date desc, order_id limit ${orders}
    ),
    home as (
      select distinct on (customer_id) customer_id, city from superstore
      order by customer_id, order_date desc, order_id desc
    )
    select line.order_id, line.order_date, line.customer_id, upper(replace(line.segment, ' ', '_')) as segment,
           home.city as customer_city, line.line_id, line.quantity, line.sales, line.product_id,
           upper(replace(line.category, ' ', '_')) as category, line.sub_category, line.ship_date,
           upper(replace(line.ship_mode, ' ', '_')) as ship_mode,
           sum(line.quantity) over (partition by line.order_id) as pieces
    from superstore as line
    join asked on asked.order_id = line.order_id
    join home on home.customer_id = line.customer_id
    order by line.order_date desc, line.order_id, line.line_id`);
  return rows.map((row: SourceRow) => ({
    ...Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? undefined])),
    sales: exact(row.sales),
  }));
}

/** The graph's answer in the shape of that join. */
export function fourDomainsFlat(data: Node): readonly FlatLine[] {
  const { nodes } = data.orders as { nodes: readonly OrderNode[] };
  return nodes.flatMap((order) => {
    const [shipment, ...others] = order.shipments.nodes;
    if (shipment === undefined || others.length > 0) throw new Error(`not exactly one shipment: ${order.orderId}`);
    return order.orderLines.nodes.map((line) => ({
      order_id: order.orderId,
      order_date: order.orderDate,
      customer_id: order.customer.customerId,
      segment: order.customer.segment,
      customer_city: order.customer.city,
      line_id: String(line.lineId),
      quantity: String(line.quantity),
      sales: exact(line.sales),
      product_id: line.product.productId,
      category: line.product.category,
      sub_category: line.product.subCategory,
      ship_date: shipment.shipDate,
      ship_mode: shipment.shipMode,
      pieces: String(shipment.pieces),
    }));
  });
}

interface OrderNode {
  readonly orderId: string;
  readonly orderDate: string;
  readonly customer: { readonly customerId: string; readonly segment: string; readonly city: string };
  readonly orderLines: {
    readonly nodes: readonly {
      readonly lineId: number;
      readonly quantity: number;
      readonly sales: string;
      readonly product: { readonly productId: string; readonly category: string; readonly subCategory: string };
    }[];
  };
  readonly shipments: {
    readonly nodes: readonly { readonly shipDate: string; readonly shipMode: string; readonly pieces: number }[];
  };
}
