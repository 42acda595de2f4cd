/**
 * Product inputs → the products and outputs they read. A product whose input leads nowhere cannot be made and is taken
 * out, and with it those that read it; the finding stands where the fault is.
 */
import { didYouMean } from "../../names/suggest.ts";
import { versionSatisfies } from "../../units/version.ts";
import type { LinkedProduct } from "../mesh-model.ts";
import type { DataProduct, Output, ProductInput, TableOutput } from "../model.ts";
import { type Linking, linkedProducts, reportAt } from "./linking.ts";

export type ResolvedInputs = ReadonlyMap<string, LinkedProduct["productInputs"]>;

/**
 * Findings: `unknown-product`, `wrong-domain`, `version-out-of-range`, `unknown-output`, `output-needed`,
 * `unknown-column`, `input-cycle`, `input-left-out`.
 */
export function resolveInputs(linking: Linking): ResolvedInputs {
  const resolved = new Map<string, LinkedProduct["productInputs"]>();
  for (const product of linkedProducts(linking)) {
    const inputs = product.inputs.map((input, index) =>
      input.type === "product" ? resolveInput(product, input, index, linking) : "other",
    );
    if (inputs.includes(undefined)) linking.linked.delete(product.metadata.name);
    resolved.set(
      product.metadata.name,
      inputs.filter((input) => input !== undefined && input !== "other"),
    );
  }
  takeOutCycles(resolved, linking);
  takeOutReaders(resolved, linking);
  return resolved;
}

type ResolvedInput = LinkedProduct["productInputs"][number];

function resolveInput(
  product: DataProduct,
  input: ProductInput,
  index: number,
  linking: Linking,
): ResolvedInput | undefined {
  const path = ["spec", "inputs", index];
  const error = (code: string, message: string, inner: readonly (string | number)[] = ["source"]): undefined => {
    reportAt(linking, product, "error", code, [...path, ...inner], message);
  };
  const { name, domain, range, output: wanted } = input.product;
  const upstream = linking.known.get(name);
  if (upstream === undefined) {
    return error("unknown-product", `The mesh has no product \`${name}\`.${didYouMean(name, linking.known.keys())}`);
  }
  if (upstream.metadata.domain !== domain) {
    const right = `${upstream.metadata.domain}.${name}`;
    return error(
      "wrong-domain",
      `The product \`${name}\` is in the domain \`${upstream.metadata.domain}\`: write \`${right}\`.`,
    );
  }
  const tables = upstream.outputs.filter((output) => output.type === "table");
  const table = wanted === undefined ? (tables.length === 1 ? tables[0] : undefined) : tableOf(upstream, wanted);
  if (table === undefined) {
    const names = upstream.outputs.map((output) => output.name);
    if (wanted === undefined) {
      return error(
        "output-needed",
        `The product \`${name}\` has several outputs; add \`/\` and one of ${names.join(", ")}.`,
      );
    }
    return error(
      "unknown-output",
      `The product \`${name}\` has no output \`${wanted}\` with rows.${didYouMean(wanted, names)}`,
    );
  }
  if (!versionSatisfies(table.version, range)) {
    return error(
      "version-out-of-range",
      `\`${name}/${table.name}\` has version ${table.version}, which is not in the range \`${range}\`.`,
    );
  }
  const columns = table.fields.map((field) => field.name);
  const used = input.fields.map((field, position) => ({ field, path: ["fields", position] }));
  const sources = input.schema.map((field, position) => ({
    field: field.from ?? field.name,
    path: ["schema", position],
  }));
  const missing = [...used, ...sources].filter(({ field }) => !columns.includes(field));
  for (const { field, path: inner } of missing) {
    error(
      "unknown-column",
      `\`${name}/${table.name}\` has no column \`${field}\`.${didYouMean(field, columns)}`,
      inner,
    );
  }
  return missing.length > 0 ? undefined : { input, product: name, output: table.name };
}

/** The table that an output is, or that it offers. */
function tableOf(product: DataProduct, name: string): TableOutput | undefined {
  const find = (wanted: string | undefined): Output | undefined =>
    product.outputs.find((candidate) => candidate.name === wanted);
  const output = find(name);
  const target = output === undefined || output.type === "table" ? output : find(output.schemaRef);
  return target?.type === "table" ? target : undefined;
}

function takeOutCycles(resolved: ResolvedInputs, linking: Linking): void {
  const state = new Map<string, "open" | "done">();
  const visit = (name: string, way: readonly string[]): void => {
    if (state.get(name) === "done" || !linking.known.has(name)) return;
    if (state.get(name) === "open") {
      reportCycle(way.slice(way.indexOf(name)), resolved, linking);
      return;
    }
    state.set(name, "open");
    for (const { product } of resolved.get(name) ?? []) visit(product, [...way, name]);
    state.set(name, "done");
  };
  for (const name of [...linking.linked]) visit(name, []);
}

function reportCycle(cycle: readonly string[], resolved: ResolvedInputs, linking: Linking): void {
  // The way through the cycle is told from the product that comes first in the alphabet, however it was found.
  const start = cycle.indexOf(cycle.toSorted()[0] ?? "");
  const ordered = [...cycle.slice(start), ...cycle.slice(0, start)];
  const [first = "", second = first] = ordered;
  const product = linking.known.get(first);
  if (product === undefined) return;
  const input = resolved.get(first)?.find((candidate) => candidate.product === second)?.input;
  const index = input === undefined ? -1 : product.inputs.indexOf(input);
  const message = `Products read each other in a circle: ${[...ordered, first].join(" → ")}. Take out one of these inputs; the products are left out until then.`;
  reportAt(linking, product, "error", "input-cycle", ["spec", "inputs", index, "source"], message);
  for (const name of cycle) linking.linked.delete(name);
}

/** A product that reads one that was taken out goes too. Finding: `input-left-out`. */
export function takeOutReaders(resolved: ResolvedInputs, linking: Linking): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const product of linkedProducts(linking)) {
      const lost = (resolved.get(product.metadata.name) ?? []).find((entry) => !linking.linked.has(entry.product));
      if (lost === undefined) continue;
      const index = product.inputs.indexOf(lost.input);
      const message = `The product \`${lost.product}\` is left out because of an error of its own, so \`${product.metadata.name}\` has no input and is left out too.`;
      reportAt(linking, product, "error", "input-left-out", ["spec", "inputs", index, "source"], message);
      linking.linked.delete(product.metadata.name);
      changed = true;
    }
  }
}

/** Linked products, every one after those it reads; alphabetical where that leaves a choice. */
export function ingestionOrder(resolved: ResolvedInputs, linking: Linking): readonly string[] {
  const order = new Set<string>();
  const visit = (name: string): void => {
    if (order.has(name)) return;
    for (const upstream of (resolved.get(name) ?? []).map((entry) => entry.product).toSorted()) visit(upstream);
    order.add(name);
  };
  for (const name of linking.linked) visit(name);
  return [...order];
}
