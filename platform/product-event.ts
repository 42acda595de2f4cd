/** What a product tells while it lives: for progress on the terminal, logs and metrics. Never a data value. */
import type { StorageEngine } from "./storage/port.ts";

export type ProductState =
  /** Being loaded for the first time; nothing can be read yet. */
  | "starting"
  /** A version is published and can be read. */
  | "serving"
  /** As serving, or as failed, while a next version is being made. */
  | "refreshing"
  /** Nothing is published; the reason says why. */
  | "failed"
  | "closed";

/** Why a start or refresh did not end in a new version. */
export interface FailureReason {
  readonly code: string;
  readonly message: string;
}

export interface ProductStatus {
  readonly product: string;
  readonly state: ProductState;
  readonly engine: StorageEngine | undefined;
  /** The published version's number, time and rows per output. */
  readonly version: number | undefined;
  readonly publishedAt: Date | undefined;
  readonly rows: ReadonlyMap<string, number>;
  /** Open rows in quarantine as of the published version. */
  readonly quarantined: number;
  /** Of the last attempt, when it failed; a serving product then serves its former version. */
  readonly reason: FailureReason | undefined;
}

export type ProductEvent = { readonly product: string } & (
  | { readonly kind: "state"; readonly state: ProductState; readonly reason?: FailureReason | undefined }
  /** Something the operator should know that stops nothing. */
  | { readonly kind: "notice"; readonly message: string }
  | {
      readonly kind: "ingested";
      readonly input: string;
      readonly read: number;
      readonly quarantined: number;
      readonly elapsedMs: number;
    }
  | {
      readonly kind: "published";
      readonly version: number;
      readonly rows: ReadonlyMap<string, number>;
      readonly quarantined: number;
      readonly elapsedMs: number;
    }
  /** The event bus has taken so many events that were in the outbox. */
  | { readonly kind: "handed-on"; readonly events: number; readonly elapsedMs: number }
  /** The inputs, the manifest and the SQL are those of the published version: nothing was done. */
  | { readonly kind: "unchanged"; readonly version: number; readonly elapsedMs: number }
);
