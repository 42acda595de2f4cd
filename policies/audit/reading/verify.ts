/**
 * Lines of one or several chains → whether they are what was written, or which record is the first that is not.
 *
 * Each record must fit its own hash, follow the record before it, and have the next number; each checkpoint must be signed
 * over the records before it. What is missing at the end is only known to who knows how far the chain was: a noted head.
 */
import { type ChainHead, checkpointStatement, genesis } from "../chain.ts";
import type { CheckSignature } from "../signer.ts";
import { type ReadAuditRecord, readRecord } from "./read-record.ts";

export interface AuditLine {
  readonly text: string;
  /** For people: file and line, or table and key. */
  readonly place: string;
}

type AuditProblemKind = "changed" | "removed" | "reordered" | "bad-signature" | "truncated" | "unreadable";

export interface AuditProblem {
  readonly kind: AuditProblemKind;
  readonly place: string;
  readonly chain: string | undefined;
  /** The first bad record's number, or the first one that is missing. */
  readonly sequence: number | undefined;
  readonly message: string;
}

interface VerifiedChain {
  readonly chain: string;
  readonly first: number;
  readonly last: number;
  readonly hash: string;
  readonly checkpoints: number;
  /** Records behind the last checkpoint: no signature speaks for them yet. */
  readonly unsigned: number;
}

export interface AuditVerification {
  readonly chains: readonly VerifiedChain[];
  /** The first of each chain that has one, in the order of the lines. */
  readonly problems: readonly AuditProblem[];
}

export interface VerifyOptions {
  readonly checkSignature: CheckSignature;
  /** How far chains are known to have been: noted beside them, or by whoever kept a checkpoint. */
  readonly heads: readonly Pick<ChainHead, "chain" | "sequence" | "hash">[];
  /** Chains may begin behind records that were moved elsewhere; by default one must begin with its first record. */
  readonly allowEarlierMissing: boolean;
}

interface ChainState {
  readonly first: number;
  last: ReadAuditRecord;
  lastPlace: string;
  checkpoints: number;
  signedUpTo: number;
  /** What is known of the noted heads, by number. */
  readonly hashes: Map<number, string>;
  problem: AuditProblem | undefined;
  /** A number is missing; it may still come. */
  missing: { readonly sequence: number; readonly place: string } | undefined;
}

/** Reads everything once, in constant memory. */
export async function verifyAudit(
  lines: AsyncIterable<AuditLine> | Iterable<AuditLine>,
  options: VerifyOptions,
): Promise<AuditVerification> {
  const chains = new Map<string, ChainState>();
  const unreadable: AuditProblem[] = [];
  const noted = new Map<string, Set<number>>();
  for (const { chain, sequence } of options.heads) noted.set(chain, (noted.get(chain) ?? new Set()).add(sequence));

  for await (const { text, place } of lines) {
    const record = readRecord(text);
    if (record.kind === "unreadable") {
      if (unreadable.length === 0) unreadable.push(problemOf("unreadable", place, undefined, undefined));
      continue;
    }
    const state = chains.get(record.chain);
    if (state === undefined) chains.set(record.chain, begin(record, place, options));
    else if (state.problem === undefined) follow(state, record, place, options);
    const known = chains.get(record.chain);
    if (noted.get(record.chain)?.has(record.sequence)) known?.hashes.set(record.sequence, record.hash);
  }

  for (const [chain, state] of chains) {
    const { missing } = state;
    if (missing !== undefined) state.problem = problemOf("removed", missing.place, chain, missing.sequence);
  }
  for (const head of options.heads) assertReached(chains.get(head.chain), head, unreadable);
  return {
    chains: [...chains].map(([chain, state]) => ({
      chain,
      first: state.first,
      last: state.last.sequence,
      hash: state.last.hash,
      checkpoints: state.checkpoints,
      unsigned: state.last.sequence - state.signedUpTo,
    })),
    problems: [...unreadable, ...[...chains.values()].flatMap(({ problem }) => problem ?? [])],
  };
}

function begin(record: ReadAuditRecord, place: string, options: VerifyOptions): ChainState {
  const { chain, sequence } = record;
  const state: ChainState = {
    first: sequence,
    last: record,
    lastPlace: place,
    checkpoints: 0,
    signedUpTo: 0,
    hashes: new Map(),
    problem: undefined,
    missing: undefined,
  };
  if (!record.fits) state.problem = problemOf("changed", place, chain, sequence);
  else if (sequence === 1 && record.previous !== genesis(chain).hash) {
    state.problem = problemOf("changed", place, chain, sequence);
  } else if (sequence !== 1 && !options.allowEarlierMissing) state.missing = { sequence: 1, place };
  else check(state, record, place, options);
  return state;
}

function follow(state: ChainState, record: ReadAuditRecord, place: string, options: VerifyOptions): void {
  const { last, lastPlace, missing } = state;
  const { chain, sequence } = record;
  if (missing !== undefined) {
    // Whether it was moved or removed is known only when it comes, or when it never did.
    if (sequence !== missing.sequence) return;
    state.problem = problemOf("reordered", missing.place, chain, missing.sequence);
    state.missing = undefined;
    return;
  }
  // A batch that a stream sent twice.
  if (sequence === last.sequence && record.hash === last.hash) return;
  if (sequence <= last.sequence) {
    state.problem = problemOf("reordered", place, chain, sequence);
  } else if (sequence > last.sequence + 1) {
    state.missing = { sequence: last.sequence + 1, place };
  } else if (!record.fits) {
    state.problem = problemOf("changed", place, chain, sequence);
  } else if (record.previous !== last.hash) {
    // This record fits itself, so the one before it had another hash when this one was written.
    state.problem = problemOf("changed", lastPlace, chain, last.sequence);
  } else {
    check(state, record, place, options);
  }
}

/** The record is in its place: what it signs is checked, and it becomes the last one. */
function check(state: ChainState, record: ReadAuditRecord, place: string, { checkSignature }: VerifyOptions): void {
  if (record.type === "checkpoint") {
    const { chain, sequence, previous, content } = record;
    const { kid, signature, time } = content;
    const signed =
      typeof kid === "string" && typeof signature === "string" && typeof time === "string"
        ? checkSignature(kid, checkpointStatement({ chain, sequence: sequence - 1, hash: previous }, time), signature)
        : "bad";
    if (signed !== "good") {
      state.problem = problemOf("bad-signature", place, chain, sequence, signed === "unknown" ? unknownKey : undefined);
      return;
    }
    state.checkpoints += 1;
    state.signedUpTo = sequence;
  }
  state.last = record;
  state.lastPlace = place;
}

function assertReached(
  state: ChainState | undefined,
  { chain, sequence, hash }: VerifyOptions["heads"][number],
  problems: AuditProblem[],
): void {
  if (sequence === 0) return;
  if (state === undefined) {
    problems.push(problemOf("truncated", "the end", chain, 1));
  } else if (state.problem === undefined && state.last.sequence < sequence) {
    state.problem = problemOf("truncated", state.lastPlace, chain, state.last.sequence + 1);
  } else if (state.problem === undefined && state.hashes.get(sequence) !== hash && sequence >= state.first) {
    state.problem = problemOf("changed", state.lastPlace, chain, sequence);
  }
}

const unknownKey = "It is signed by a key that is none of those given.";

const meanings: Readonly<Record<AuditProblemKind, string>> = {
  changed: "Its content is not what was recorded: it, or its link to the record before it, was changed.",
  removed: "It is missing: the records go on behind it.",
  reordered: "It does not stand where it was written.",
  "bad-signature": "The signature of this checkpoint is not for the records before it: they were rewritten.",
  truncated: "The records end before it, although the chain is known to have been longer.",
  unreadable: "The line is no audit record.",
};

function problemOf(
  kind: AuditProblemKind,
  place: string,
  chain: string | undefined,
  sequence: number | undefined,
  message: string = meanings[kind],
): AuditProblem {
  return { kind, place, chain, sequence, message };
}
