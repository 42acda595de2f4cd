/** What the bench and its processes say to each other. All times are of `monotonicMs`. */
import type { LevelCounts } from "./level-counts.ts";

export interface SourceSetup {
  readonly folder: string;
  readonly entities: number;
  readonly redisUrl: string;
}

export type AskedOfSource =
  /** Publishes a version with these revisions. While it is held, its events wait on their way to the bus. */
  | { readonly kind: "change"; readonly changes: readonly RowChange[]; readonly isHeld: boolean }
  /** Lets the events go that are held. Answered when the bus has them. */
  | { readonly kind: "release" }
  | { readonly kind: "usage" };

export interface RowChange {
  readonly id: string;
  readonly revision: number;
}

export interface SourceAnswers {
  readonly change: { readonly version: number; readonly committedAt: number };
  readonly release: true;
  /** GraphQL requests that it was sent since it began, and all that it computed. */
  readonly usage: { readonly requests: number; readonly cpuMs: number };
}

/** One row's event, on its way. */
export interface EventSeen {
  readonly id: string;
  /** Of the product's data. */
  readonly version: number;
  readonly beganAt: number;
  readonly endedAt: number;
}

/** Told by the source when the bus has them, by a gateway when it has carried them out. */
export interface EventsTold {
  readonly kind: "published" | "handled";
  readonly events: readonly EventSeen[];
}

export interface GatewaySetup {
  readonly sourceUrl: string;
  /** Undefined: nothing is kept. */
  readonly redisUrl: string | undefined;
  /** It says that it has ended what it was told of, and does nothing: for seeing that the bench finds that. */
  readonly isDeaf: boolean;
}

export type AskedOfGateway =
  | { readonly kind: "usage" }
  /** As an operator: these customers, or everything. */
  | { readonly kind: "purge"; readonly ids: readonly string[] | "all" };

export interface GatewayAnswers {
  readonly usage: { readonly cpuMs: number; readonly levels: LevelCounts };
  readonly purge: { readonly isComplete: boolean; readonly acknowledgedAt: number };
}
