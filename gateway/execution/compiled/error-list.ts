/** The errors of one answer: every one at a path, and not more of one cause than a client can use. */
import { GraphQLError } from "graphql";
import type { Cause } from "./failure.ts";

/** A response path from the innermost segment outwards; undefined is the root. */
export interface Path {
  readonly segment: string | number;
  readonly above: Path | undefined;
}

interface Entry {
  readonly cause: Cause;
  readonly path: Path | undefined;
}

/**
 * A cause that costs a thousand fields has `maxPathsPerCause` errors; the last of them says in `extensions.furtherPaths`
 * how many are left out. What reads like an error that is there already, at the same path, is none: where two fetches bring
 * the same field, both tell that it failed.
 */
export class ErrorList {
  readonly #maxPathsPerCause: number;
  readonly #entries: Entry[] = [];
  readonly #counts = new Map<Cause, number>();
  readonly #known = new Set<string>();

  constructor(maxPathsPerCause: number) {
    this.#maxPathsPerCause = maxPathsPerCause;
  }

  add(cause: Cause, path: Path | undefined): void {
    const { message, extensions } = cause;
    const text = JSON.stringify([toSegments(path), message, extensions.code, extensions.serviceName]);
    if (this.#known.has(text)) return;
    this.#known.add(text);
    const count = (this.#counts.get(cause) ?? 0) + 1;
    this.#counts.set(cause, count);
    if (count <= this.#maxPathsPerCause) this.#entries.push({ cause, path });
  }

  has(cause: Cause): boolean {
    return this.#counts.has(cause);
  }

  /** In the order of adding. */
  read(): readonly GraphQLError[] {
    const shown = new Map<Cause, number>();
    return this.#entries.map(({ cause, path }) => {
      const index = (shown.get(cause) ?? 0) + 1;
      shown.set(cause, index);
      const left = index === this.#maxPathsPerCause ? (this.#counts.get(cause) ?? 0) - index : 0;
      return new GraphQLError(cause.message, {
        path: path === undefined ? null : toSegments(path),
        extensions: left > 0 ? { ...cause.extensions, furtherPaths: left } : cause.extensions,
      });
    });
  }
}

/** From the root inwards. */
export function toSegments(path: Path | undefined): (string | number)[] {
  const segments: (string | number)[] = [];
  for (let at: Path | undefined = path; at !== undefined; at = at.above) segments.push(at.segment);
  return segments.reverse();
}
