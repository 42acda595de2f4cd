import type { Place } from "../finding.ts";
import { type DocumentPath, printPath } from "./path.ts";

/** Where the parts of one document are written. */
export interface Places {
  readonly file: string;
  /**
   * Where the value at the path begins. A path that is not written (a default, a short form's inner part) gets the place
   * of the nearest part around it that is; the document's start, when nothing is.
   */
  valueAt(path: DocumentPath): Place;
  /** Whether a value is written at exactly this path. */
  has(path: DocumentPath): boolean;
  /** The scalar at the path as it is written, without quotes: `2.10`, where the value is the number 2.1. */
  sourceAt(path: DocumentPath): string | undefined;
  /** Where the key that leads to the path is written; the value's place for items of lists. */
  keyAt(path: DocumentPath): Place;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

/** Fills places while a document is walked. */
export class PlaceRecorder implements Places {
  readonly file: string;
  readonly #values = new Map<string, Position>();
  readonly #keys = new Map<string, Position>();
  readonly #sources = new Map<string, string>();

  constructor(file: string) {
    this.file = file;
  }

  recordValue(path: DocumentPath, position: Position): void {
    this.#values.set(printPath(path), position);
  }

  recordSource(path: DocumentPath, source: string): void {
    this.#sources.set(printPath(path), source);
  }

  recordKey(path: DocumentPath, position: Position): void {
    this.#keys.set(printPath(path), position);
  }

  valueAt(path: DocumentPath): Place {
    for (let length = path.length; length >= 0; length--) {
      const found = this.#values.get(printPath(path.slice(0, length)));
      if (found !== undefined) return { file: this.file, line: found.line, column: found.column };
    }
    return { file: this.file, line: 1, column: 1 };
  }

  has(path: DocumentPath): boolean {
    return this.#values.has(printPath(path));
  }

  sourceAt(path: DocumentPath): string | undefined {
    return this.#sources.get(printPath(path));
  }

  keyAt(path: DocumentPath): Place {
    const found = this.#keys.get(printPath(path));
    return found === undefined ? this.valueAt(path) : { file: this.file, line: found.line, column: found.column };
  }
}
