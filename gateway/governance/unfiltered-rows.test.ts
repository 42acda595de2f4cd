import { composeServices } from "@apollo/composition";
import { Supergraph } from "@apollo/federation-internals";
import { parse } from "graphql";
import { describe, expect, it } from "vitest";
import { readPolicy } from "#policies";
import { meshDirectiveDefinitions, meshSchemaExtension } from "#schema";
import { prepareOperation } from "../operation/prepare-operation.ts";
import { createGovern } from "./create-govern.ts";

const federation = `@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@composeDirective"])`;
const products = `extend schema ${federation} ${meshSchemaExtension()} ${meshDirectiveDefinitions}
  type Query { shops: ShopConnection @dataProduct(name: "shops", domain: "sales", version: "1.0.0") }
  type Shop @key(fields: "id") @dataProduct(name: "shops", domain: "sales", version: "1.0.0") { id: ID! region: String name: String }
  type ShopConnection { nodes: [Shop!] }`;
const foreign = `extend schema ${federation}
  type Query { visits: [Visit!] best: Shop }
  type Visit { region: String minutes: Int }
  type Shop @key(fields: "id") { id: ID! rating: Int }`;

const { supergraphSdl = "" } = composeServices([
  { name: "shops", url: "http://shops.invalid", typeDefs: parse(products) },
  { name: "visits", url: "http://visits.invalid", typeDefs: parse(foreign) },
]);
const apiSchema = Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema();
const { value: ownRegion } = readPolicy(
  `apiVersion: datamesh.io/v1
kind: Policy
metadata: { name: own-region, owner: sales@example.org }
spec:
  selector: { coordinate: ["Shop*.*", "Visit.region"] }
  effect: { type: filter, column: region, in: principal.attributes.region }
  unless: { roles: auditor }
`,
  "own-region.yaml",
);

describe("rows that nobody filters", () => {
  const authorise = async (query: string, roles: readonly string[] = []) => {
    const table = await createGovern({ policies: ownRegion === undefined ? [] : [ownRegion] })({
      document: parse(supergraphSdl),
      apiSchema,
    });
    const prepared = prepareOperation(query, parse(query), undefined, {
      schema: apiSchema,
      deprecations: new Map(),
      hints: true,
      cost: undefined,
    });
    if (prepared.kind !== "prepared") throw new Error("not prepared");
    return table.authorise(prepared, {
      principal: { id: "someone", kind: "user", roles, purposes: [], attributes: { region: "West" } },
      purpose: undefined,
    });
  };

  it("are denied where the subgraph is no data product of the mesh", async () => {
    const answer = await authorise("{ visits { minutes } }");
    expect(answer).toMatchObject({
      kind: "restricted",
      decisions: new Map([
        [
          "Visit.minutes",
          {
            effect: "deny",
            policy: "own-region",
            reason: "rows are to be filtered, and the subgraph visits is no data product that does so",
          },
        ],
      ]),
    });
    expect(await authorise("{ best { rating } }")).toMatchObject({ kind: "restricted" });
  });

  it("are left to the data product that serves them, and to whom no policy speaks", async () => {
    expect(await authorise("{ shops { nodes { id name region } } }")).toMatchObject({ kind: "allowed" });
    expect(await authorise("{ best { id name } }")).toMatchObject({ kind: "allowed" });
    expect(await authorise("{ visits { minutes } }", ["auditor"])).toMatchObject({ kind: "allowed" });
  });
});
