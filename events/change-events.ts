/**
 * What a data product tells of its data: which rows changed, and that a version is published. It names rows by their keys,
 * which are never personal data, and holds no other value.
 */
import { randomUUID } from "node:crypto";
import type { MeshEvent } from "./envelope.ts";

/** The topic of both. */
export const changesTopic = "changes";

/** A value of a key field, as it stands in the graph. */
export type KeyValue = string | number | boolean;

/** `io.datamesh.{domain}.{entity}.changed.v1` */
export interface RowChanged {
  readonly product: string;
  /** The GraphQL type of the rows. */
  readonly entity: string;
  /** By key field of the type; absent: any row of the type may be another one now. */
  readonly key?: Readonly<Record<string, KeyValue>>;
  readonly change: "created" | "updated" | "deleted" | "replaced";
  /** The first version of the product's data that has the change. */
  readonly version: number;
}

/** `io.datamesh.{domain}.{product}.published.v1` */
export interface VersionPublished {
  readonly product: string;
  /** Of the data, counting up. */
  readonly version: number;
  /** Of the product, semver. */
  readonly productVersion: string;
}

export type ProductChange =
  | ({ readonly kind: "row-changed" } & RowChanged)
  | ({ readonly kind: "published" } & VersionPublished);

/** What every event of a product has in common. */
export interface EventSource {
  readonly domain: string;
  readonly product: string;
  readonly time: Date;
}

/** Changes of one row have one partition key, so they keep their order; those of a type without a key have the type's. */
export function rowChanged({ domain, product, time }: EventSource, change: RowChanged): MeshEvent<RowChanged> {
  const { entity, key } = change;
  const subject = key === undefined ? entity : `${entity}/${JSON.stringify(Object.entries(key).sort(byName))}`;
  return {
    ...envelope(domain, product, time),
    type: `io.datamesh.${domain}.${entity}.changed.v1`,
    subject,
    partitionkey: `${product}/${subject}`,
    data: change,
  };
}

export function versionPublished(
  { domain, product, time }: EventSource,
  published: VersionPublished,
): MeshEvent<VersionPublished> {
  return {
    ...envelope(domain, product, time),
    type: `io.datamesh.${domain}.${product}.published.v1`,
    subject: product,
    partitionkey: product,
    data: published,
  };
}

/** Undefined for an event that tells something else, or not what its type says. */
export function readProductChange({ type, data }: MeshEvent): ProductChange | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { product, version, entity, key, change, productVersion } = data as Partial<RowChanged & VersionPublished>;
  if (typeof product !== "string" || !Number.isSafeInteger(version) || version === undefined) return undefined;
  if (/^io\.datamesh\..+\.published\.v1$/.test(type)) {
    return { kind: "published", product, version, productVersion: String(productVersion ?? "") };
  }
  if (!/^io\.datamesh\..+\.changed\.v1$/.test(type) || typeof entity !== "string") return undefined;
  const common = {
    kind: "row-changed",
    product,
    entity,
    version,
    change: changes.find((it) => it === change),
  } as const;
  if (common.change === undefined) return undefined;
  if (key === undefined) return { ...common, change: common.change };
  return isKey(key) ? { ...common, change: common.change, key } : undefined;
}

const changes = ["created", "updated", "deleted", "replaced"] as const;

function isKey(key: unknown): key is Readonly<Record<string, KeyValue>> {
  return (
    typeof key === "object" &&
    key !== null &&
    Object.values(key).every((value) => ["string", "number", "boolean"].includes(typeof value))
  );
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

function envelope(
  domain: string,
  product: string,
  time: Date,
): Pick<MeshEvent, "specversion" | "id" | "source" | "time" | "datacontenttype"> {
  return {
    specversion: "1.0",
    id: randomUUID(),
    source: `urn:mesh:${domain}:${product}`,
    time: time.toISOString(),
    datacontenttype: "application/json",
  };
}
