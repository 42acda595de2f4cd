/** A small graph behind the real server and console: what the browser tests look at. Deprecations and products included. */
import { buildSchema, execute, getOperationAST, parse, specifiedRules, validate } from "graphql";
import { createGraphQLHandler, createHttpServer, type GraphQLService, type HttpServer } from "#http";
import { createConsoleRoutes, type ExampleQuery, type SchemaFacts } from "../../gateway/server/console/index.ts";

const schema = buildSchema(`
  "Orders, customers and what belongs to them."
  schema { query: Query mutation: Mutation }

  type Query {
    "One order by its number."
    order(id: ID!): Order
    "All orders, newest first, in pages."
    orders("How many at most." first: Int = 10, where: OrderFilter): OrderConnection!
    "Fails on purpose."
    broken: String!
  }
  type Mutation { "Takes an order back." cancelOrder(id: ID!): Order }
  input OrderFilter { region: Region, minTotal: Decimal, customer: String @deprecated(reason: "Use \`customerId\`.") }
  "A part of the country."
  enum Region { EAST WEST CENTRAL SOUTH @deprecated(reason: "Merged into CENTRAL.") }
  "A decimal number without loss."
  scalar Decimal
  type OrderConnection { edges: [OrderEdge!]! totalCount: Int! }
  type OrderEdge { cursor: String! node: Order! }
  "What a customer bought at once."
  type Order {
    id: ID!
    orderedAt: String!
    region: Region!
    "The sum of its lines."
    total: Decimal! @deprecated(reason: "Says nothing about the currency. Use \`amount\`.")
    amount: Decimal!
    customer: Customer!
  }
  "Who buys."
  type Customer { id: ID! name: String! "Masked without the purpose." email: String segment: String }
`);

const regions = ["EAST", "WEST", "CENTRAL"];
const orders = Array.from({ length: 200 }, (_, index) => ({
  id: `CA-2026-${100_000 + index}`,
  orderedAt: `2026-0${(index % 9) + 1}-15`,
  region: regions[index % 3],
  total: `${(index * 37.5 + 12.49).toFixed(2)}`,
  amount: `${(index * 37.5 + 12.49).toFixed(2)}`,
  customer: { id: `C-${index % 40}`, name: `Customer ${index % 40}`, email: "a***@example.org", segment: "Consumer" },
}));

const rootValue = {
  order: ({ id }: { id: string }) => orders.find((order) => order.id === id),
  orders: ({ first, where }: { first: number; where?: { region?: string } }) => {
    const found = orders.filter((order) => where?.region === undefined || order.region === where.region);
    return { totalCount: found.length, edges: found.slice(0, first).map((node) => ({ cursor: node.id, node })) };
  },
  broken: () => {
    throw new Error("The product payments did not answer in time.");
  },
};

const examples: readonly ExampleQuery[] = [
  {
    title: "Orders with their customers",
    description: "The first orders of a region across two domains, with the customer behind each.",
    query: `query OrdersOfRegion($region: Region, $first: Int) {
  orders(first: $first, where: { region: $region }) {
    totalCount
    edges {
      node {
        id
        orderedAt
        amount
        customer {
          name
          email
        }
      }
    }
  }
}`,
    variables: { region: "WEST", first: 25 },
  },
  {
    title: "Something on its way out",
    description: "Uses a deprecated field: the answer says until when it works and what to use instead.",
    query: `{
  order(id: "CA-2026-100007") {
    id
    total
  }
}`,
  },
  {
    title: "A product that fails",
    description: "One part of the answer is missing, and the answer says which product and why.",
    query: `{
  broken
}`,
  },
];

const facts: SchemaFacts = {
  products: [
    { name: "orders", domain: "sales", version: "1.4.0", owner: "team-sales" },
    { name: "customers", domain: "crm", version: "2.0.1", owner: "team-crm" },
  ],
  coordinates: {
    "Query.order": { products: ["orders"] },
    "Query.orders": { products: ["orders"] },
    Order: { products: ["orders"], since: "1.0.0" },
    "Order.total": { sunset: "2027-03-31", replacedBy: "Order.amount" },
    Customer: { products: ["customers"] },
    "Customer.email": { personalData: ["email"], classification: "confidential", purposes: ["support"] },
    "Customer.name": { personalData: ["name"] },
  },
};

const deprecation = {
  coordinate: "Order.total",
  reason: "Says nothing about the currency.",
  replacement: "Order.amount",
  deprecated: "2026-03-01T00:00:00.000Z",
  sunset: "2027-03-31T00:00:00.000Z",
  product: "orders",
  owner: "team-sales",
};

const service: GraphQLService = {
  prepare({ query = "", operationName, variables }) {
    const document = parse(query);
    const errors = validate(schema, document, specifiedRules);
    const operation = getOperationAST(document, operationName);
    if (errors.length > 0 || !operation) {
      return { kind: "rejected", status: 400, result: { errors: errors.map((error) => error.toJSON()) } };
    }
    return {
      kind: "ready",
      operationType: operation.operation,
      run: async () => {
        const result = await execute({ schema, document, rootValue, operationName, variableValues: variables });
        const deprecated = query.includes("total\n");
        const products = {
          orders: { version: "1.4.0", ageSeconds: 190 },
          customers: { version: "2.0.1", ageSeconds: 7300 },
        };
        const body = {
          ...result,
          ...(query.includes("__schema")
            ? {}
            : { extensions: { ...(deprecated ? { deprecations: [deprecation] } : {}), products } }),
        };
        return {
          body: JSON.stringify(body),
          hasData: result.data !== undefined,
          headers: deprecated ? { deprecation: "@1772323200", sunset: new Date(deprecation.sunset).toUTCString() } : {},
        };
      },
    };
  },
};

/** A server on a free port of this machine; the caller closes it. */
export function startConsoleMesh(bundleFolder: string): Promise<HttpServer> {
  return createHttpServer({
    port: 0,
    graphql: createGraphQLHandler(service),
    routes: createConsoleRoutes({ bundleFolder, examples, facts: () => facts }),
  });
}
