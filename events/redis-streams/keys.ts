/**
 * What is kept in Redis, and under which names. All keys of a partition have one hash tag, so a cluster keeps them on one
 * server and a script may change them together; a copy that takes over has all of them as of one moment.
 */
import type { Partition } from "../event-log.ts";

/** The number of a topic's partitions. */
export function partitionsKey(prefix: string, topic: string): string {
  return `${prefix}:events:${topic}:partitions`;
}

/** The stream. The ids of its entries are 0-1, 0-2, 0-3 … */
export function logKey(prefix: string, at: Partition): string {
  return `${tag(prefix, at)}:log`;
}

/** Group → its place, as text. */
export function placesKey(prefix: string, at: Partition): string {
  return `${tag(prefix, at)}:places`;
}

/** Who holds the partition for the group; it expires. */
export function leaseKey(prefix: string, at: Partition, group: string): string {
  return `${tag(prefix, at)}:lease:${group}`;
}

/** The stream of the group's dead letters. */
export function lettersKey(prefix: string, at: Partition, group: string): string {
  return `${tag(prefix, at)}:dead:${group}`;
}

/** Where signals are told. */
export function channelOf(prefix: string, topic: string): string {
  return `${prefix}:events:${topic}`;
}

function tag(prefix: string, { topic, index }: Partition): string {
  return `{${prefix}:events:${topic}:${index}}`;
}
