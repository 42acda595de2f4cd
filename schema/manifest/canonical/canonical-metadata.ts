import type { DocumentPath } from "../../document/path.ts";
import { majorOf, parseVersion } from "../../units/version.ts";
import type { ManifestDocument } from "../document/manifest-document.ts";
import type { Metadata } from "../model.ts";
import { declaredKeys, withoutUndefined } from "./declared.ts";
import type { Reading } from "./reading.ts";

const DEFAULT_VERSION = "1.0.0";

/** Metadata with every default filled in. */
export function canonicalMetadata(document: ManifestDocument["metadata"], reading: Reading): Metadata {
  const { name, team, domain, version, id, status, type, displayName, description, owner, tags, labels, ...rest } =
    document;
  const knownDomain = domain ?? team;
  const knownVersion = writtenVersion(version, ["metadata", "version"], reading) ?? DEFAULT_VERSION;
  return {
    name,
    domain: knownDomain,
    team,
    version: knownVersion,
    id: id ?? `urn:mesh:${knownDomain}:${name}:v${majorOf(knownVersion)}`,
    status: status ?? "development",
    type,
    displayName,
    description: typeof description === "string" ? { purpose: description } : withoutUndefined(description ?? {}),
    owner,
    tags: tags ?? [],
    labels: labels ?? {},
    ...declaredKeys(rest),
  };
}

/** The version as written: `2.10` without quotes is the number 2.1 for YAML and version 2.10.0 for whoever wrote it. */
export function writtenVersion(read: string | undefined, path: DocumentPath, reading: Reading): string | undefined {
  const source = reading.places.sourceAt(path);
  return read === undefined || source === undefined ? read : (parseVersion(source) ?? read);
}
