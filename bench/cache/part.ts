/** A part of the bench: what it is asked for, and what it gives back. */
import type { Drawing } from "./drawing.ts";
import type { ZipfOptions } from "./zipf/options.ts";

export interface PartOptions {
  /** How long each contestant is asked in a round. */
  readonly seconds: number;
  readonly rounds: number;
  readonly concurrency: number;
  /** Of the part that has no rounds: it lasts as long as this says. */
  readonly zipf: ZipfOptions;
}

/** A row's first cell names it. Numbers are numbers, so that programs can read them. */
export type Cell = string | number;

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Goal {
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  readonly reached: boolean;
}

export interface PartReport {
  readonly title: string;
  /** What was compared and how, one sentence a line: with it somebody else could do it again. */
  readonly how: readonly string[];
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
  readonly drawings: readonly Drawing[];
}

/** Starts its own processes and ends them. Rejects when an answer is wrong, or does not come from where the part says. */
export type Part = (options: PartOptions, onProgress: (line: string) => void) => Promise<PartReport>;
