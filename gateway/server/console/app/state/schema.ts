/** The graph's schema, by introspection once the page stands, and what introspection cannot tell, from the server. */
import { signal } from "@preact/signals";
import { buildClientSchema, type GraphQLSchema, getIntrospectionQuery, type IntrospectionQuery } from "graphql";
import type { SchemaFacts } from "../../facts.ts";
import { send } from "./request.ts";

export type LoadedSchema =
  | { readonly kind: "loading" }
  | { readonly kind: "loaded"; readonly schema: GraphQLSchema }
  | { readonly kind: "failed"; readonly message: string };

export const schema = signal<LoadedSchema>({ kind: "loading" });
export const facts = signal<SchemaFacts>({ products: [], coordinates: {} });

export async function loadSchema(): Promise<void> {
  try {
    const answer = await send({
      query: getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true }),
    });
    const { data, errors } = (answer.json ?? {}) as {
      data?: IntrospectionQuery | null;
      errors?: readonly { message: string }[];
    }; // a GraphQL answer by protocol; checked by buildClientSchema
    if (data === undefined || data === null) {
      const reason = errors?.[0]?.message ?? `status ${answer.status}`;
      schema.value = { kind: "failed", message: `The schema could not be read: ${reason}` };
      return;
    }
    schema.value = { kind: "loaded", schema: buildClientSchema(data) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    schema.value = { kind: "failed", message: `The schema could not be read: ${reason}` };
  }
}

export async function loadFacts(): Promise<void> {
  const loaded = await fetchJson("/console/facts.json");
  if (loaded !== undefined) facts.value = loaded as SchemaFacts; // written by the same release's server
}

/** Undefined when it is not there: the page works without. */
export async function fetchJson(path: string): Promise<unknown> {
  try {
    const response = await fetch(path);
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
