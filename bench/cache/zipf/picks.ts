/**
 * A subgraph that names customers and knows nothing else of them, so that the gateway looks each up as an entity. It is in
 * the gateway's own process and allows nobody to keep what it says: what is measured is what is kept of customers.
 */
import { buildSchema, type DocumentNode, execute, parse } from "graphql";
import type { SubgraphSource } from "#gateway";

type InProcess = Extract<SubgraphSource, { readonly kind: "in-process" }>;

const types = "type Query { picked(customerIds: [String!]!): [Customer!]! } type Customer { customerId: String! }";
const schema = buildSchema(types);
const rootValue = {
  picked: ({ customerIds }: { readonly customerIds: readonly string[] }) =>
    customerIds.map((customerId) => ({ customerId })),
};
/** There is one text for every operation that asks for it. */
const documents = new Map<string, DocumentNode>();

export const picks: Pick<InProcess, "name" | "sdl" | "subgraph"> = {
  name: "picks",
  sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
    extend type Customer @key(fields: "customerId", resolvable: false)
    ${types}`,
  subgraph: {
    name: "picks",
    async execute({ query, variables: variableValues }) {
      const document = documents.get(query) ?? parse(query);
      documents.set(query, document);
      const { data, errors = [] } = await execute({ schema, document, rootValue, variableValues });
      return { data: data ?? null, errors: errors.map((error) => error.toJSON()) };
    },
  },
};
