import type { ManifestDocument } from "../document/manifest-document.ts";
import type { Transformation } from "../model.ts";
import { declaredKeys } from "./declared.ts";

/** The transformation with defaults filled in; without one, the outputs are the inputs as they come. */
export function canonicalTransformation(document: ManifestDocument["spec"]["transformation"]): Transformation {
  return {
    type: document?.type ?? "none",
    code: document?.code,
    engine: document?.engine,
    materialization: document?.materialization ?? "table",
    ...declaredKeys(document ?? {}, ["type", "code", "engine", "materialization"]),
  };
}
