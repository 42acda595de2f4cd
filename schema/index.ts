/**
 * In: the documents and names that all parts share. Out: manifests read and linked into a mesh, directives, scalars.
 * Next: policies and platform build on the mesh model, the gateway reads the directives from the supergraph.
 */

export { type CacheHint, type CacheHints, readCacheHints } from "./cache-control/cache-hints.ts";
export { cacheControlDefinition } from "./cache-control/definition.ts";
export {
  entityLifetime,
  rootLifetime,
  type SelectionLifetime,
} from "./cache-control/selection-lifetime.ts";
export {
  MESH_DIRECTIVES,
  MESH_SPEC_URL,
  type MeshDirectiveName,
  meshDirectiveDefinitions,
  meshSchemaExtension,
  usedMeshDirectives,
} from "./directives/definitions.ts";
export { linkedNames } from "./directives/link-names.ts";
export {
  type CoordinateDirectives,
  type MeshDirectives,
  readMeshDirectives,
} from "./directives/read-mesh-directives.ts";
export {
  type PiiMark,
  type ProductMark,
  readClassified,
  readDataProduct,
  readDeprecated,
  readPii,
  readPurpose,
  readSince,
  readSunset,
  type SunsetMark,
} from "./directives/readers.ts";
export { type DocumentPath, printPath } from "./document/path.ts";
export type { Places } from "./document/places.ts";
export {
  type DocumentOptions,
  type DocumentResult,
  readDocument,
  readDocuments,
} from "./document/read-document.ts";
export { strictJsonSchema } from "./document/strict-json-schema.ts";
export { ClientError, defineErrors, type ErrorDefinition } from "./error.ts";
export { type SchemaErrorCode, schemaErrors } from "./errors.ts";
export { type Finding, hasErrors, type Place, printFinding, type ReadResult } from "./finding.ts";
export type { ColumnType, ScalarKind } from "./manifest/column-type.ts";
export { manifestJsonSchema, printManifestJsonSchema } from "./manifest/json-schema.ts";
export { linkMesh } from "./manifest/link/link-mesh.ts";
export type { LinkedField, LinkedProduct, LinkedTable, MeshModel, Relation } from "./manifest/mesh-model.ts";
export type * from "./manifest/model.ts";
export { placeOf } from "./manifest/places-of.ts";
export { type PrintOptions, printManifest } from "./manifest/print-manifest.ts";
export { printColumnType, readColumnType } from "./manifest/read-column-type.ts";
export { readManifest } from "./manifest/read-manifest.ts";
export { writeManifestJsonSchema } from "./manifest/write-json-schema.ts";
export { camelCase, pascalCase, snakeCase } from "./names/case.ts";
export { pluralise, singularise } from "./names/plural.ts";
export { didYouMean, suggest } from "./names/suggest.ts";
export { graphqlTypeOf, meshScalars, scalarNameOf } from "./scalars/mesh-scalars.ts";
export { withoutValue } from "./scalars/without-value.ts";
export { parseDurationMs, printDuration } from "./units/duration.ts";
export { parseShare, printShare } from "./units/percentage.ts";
export { parseVersion, versionSatisfies } from "./units/version.ts";
