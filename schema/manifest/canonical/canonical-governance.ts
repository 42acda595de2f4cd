import { parseDurationMs } from "../../units/duration.ts";
import type { ManifestDocument } from "../document/manifest-document.ts";
import type { Field, Governance, Output, Versioning } from "../model.ts";
import { maskOf } from "./canonical-fields.ts";
import { declaredKeys } from "./declared.ts";

type GovernanceDocument = NonNullable<ManifestDocument["spec"]["governance"]>;

/** Governance with defaults filled in; its `pii` list is as written and already folded into the columns. */
export function canonicalGovernance(document: GovernanceDocument | undefined): Governance {
  const retention = document?.retention;
  const { pii, notPersonal, compliance, classification, purposes, subjectKey } = document ?? {};
  return {
    pii: (pii ?? []).map(({ field, category, mask }) => ({ field, category, ...maskOf(mask) })),
    retention: retention === undefined ? undefined : retentionOf(retention),
    ...(notPersonal !== undefined && notPersonal.length > 0 && { notPersonal }),
    compliance: compliance ?? [],
    classification: classification ?? "internal",
    purposes: purposes ?? [],
    subjectKey,
    ...declaredKeys(document ?? {}, [
      "pii",
      "notPersonal",
      "retention",
      "compliance",
      "classification",
      "purposes",
      "subjectKey",
    ]),
  };
}

function retentionOf(written: NonNullable<GovernanceDocument["retention"]>): NonNullable<Governance["retention"]> {
  return {
    periodMs: parseDurationMs(written.period) ?? 0,
    field: written.field,
    action: written.action ?? "delete",
    ...(written.legalHold === undefined ? {} : { legalHold: written.legalHold }),
  };
}

/**
 * The outputs with `governance.pii` and `governance.subjectKey` written at their columns. What a column says itself
 * stands, except that a category is nearer to the truth than a bare `pii: true`.
 */
export function foldGovernance(outputs: readonly Output[], governance: Governance): readonly Output[] {
  return outputs.map((output): Output => {
    if (output.type !== "table") return output;
    return { ...output, fields: output.fields.map((field) => foldField(field, output.name, governance)) };
  });
}

function foldField(field: Field, output: string, governance: Governance): Field {
  const entry = governance.pii.find(
    (candidate) => candidate.field === field.name || candidate.field === `${output}.${field.name}`,
  );
  const subject = field.subject || governance.subjectKey === field.name;
  if (entry === undefined) return { ...field, subject };
  const pii =
    field.pii === undefined || field.pii === "personal" ? (entry.category ?? categoryOf(field.name)) : field.pii;
  const mask = field.mask === undefined ? maskKeys(entry) : {};
  return { ...field, subject, pii, ...mask };
}

function maskKeys({ mask, maskParameters }: Governance["pii"][number]): Partial<Field> {
  return { mask, ...(maskParameters === undefined ? {} : { maskParameters }) };
}

/** Categories that a column's name alone gives away. */
const CATEGORIES = [
  "email",
  "phone",
  "name",
  "address",
  "birthdate",
  "gender",
  "ip",
  "geo",
  "photo",
  "voice",
  "health",
  "religion",
];

function categoryOf(column: string): string {
  return CATEGORIES.find((category) => column === category || column.endsWith(`_${category}`)) ?? "personal";
}

/** Rules of change with defaults filled in. */
export function canonicalVersioning(document: ManifestDocument["spec"]["versioning"]): Versioning {
  return {
    compatibility: document?.compatibility ?? "BACKWARD_TRANSITIVE",
    noticeMs: parseDurationMs(document?.notice ?? "90d") ?? 0,
    maxActiveMajors: document?.maxActiveMajors ?? 2,
    ...declaredKeys(document ?? {}, ["compatibility", "notice", "maxActiveMajors"]),
  };
}
