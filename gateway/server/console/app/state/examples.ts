/** The example queries of this mesh, from its server. */
import { signal } from "@preact/signals";
import type { ExampleQuery } from "../../examples.ts";
import { open, query } from "./operation.ts";
import { fetchJson } from "./schema.ts";

export const examples = signal<readonly ExampleQuery[]>([]);

/** Puts the first one into an empty editor, so that a first visit needs one click. */
export async function loadExamples(): Promise<void> {
  const loaded = await fetchJson("/console/examples.json");
  if (!Array.isArray(loaded)) return;
  examples.value = loaded as readonly ExampleQuery[]; // written by the same release's server
  const first = examples.value[0];
  if (first !== undefined && query.value === "") openExample(first);
}

export function openExample(example: ExampleQuery): void {
  const hasVariables = example.variables !== undefined && Object.keys(example.variables).length > 0;
  open({
    query: example.query.trim(),
    variables: hasVariables ? JSON.stringify(example.variables, undefined, 2) : "",
  });
}
