/** What is kept in JetStream, and under which names. `~` is no letter of a topic, so names of streams do not meet. */
import type { Partition } from "../event-log.ts";

/** A stream per partition: its sequence has no gaps then, and a cluster can spread the partitions over its servers. */
export function streamOf(prefix: string, { topic, index }: Partition): string {
  return `${prefix}~${topic}~${index}`;
}

export function subjectOf(prefix: string, { topic, index }: Partition): string {
  return `${prefix}.events.${topic}.${index}`;
}

/** One stream for the dead letters of all groups. */
export function lettersStreamOf(prefix: string): string {
  return `${prefix}~dead`;
}

/** @param index of the partition; `*` stands for any. */
export function lettersSubjectOf(prefix: string, topic: string, group: string, index: number | "*"): string {
  return `${prefix}.dead.${topic}.${group}.${index}`;
}

export function signalsSubjectOf(prefix: string, topic: string): string {
  return `${prefix}.signals.${topic}`;
}

/** The key-value bucket of topics and places. */
export function bucketOf(prefix: string): string {
  return `${prefix}-places`;
}

/** → the number of its partitions. */
export function topicKey(topic: string): string {
  return `topic.${topic}`;
}

/** → where the group is, and who holds the partition. `*` stands for any group. */
export function placeKey({ topic, index }: Partition, group: string): string {
  return `place.${topic}.${group}.${index}`;
}

/** The header of a message that one group alone gets. */
export const groupHeader = "Datamesh-Group";
