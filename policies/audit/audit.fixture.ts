/** Events and records for tests. */
import { createSigningKey } from "../authentication/signing-key.ts";
import type { AuditEntry } from "./chain.ts";
import { accessEntry } from "./entry.ts";
import type { AuditEvent } from "./event.ts";
import { createAuditSigner, createSignatureCheck } from "./signer.ts";

const key = await createSigningKey();
export const signer: ReturnType<typeof createAuditSigner> = createAuditSigner(key);
export const checkSignature: ReturnType<typeof createSignatureCheck> = createSignatureCheck([key.publicJwk]);

export function auditEvent(number: number): AuditEvent {
  return {
    time: Date.UTC(2026, 0, 1) + number * 1_000,
    place: "gateway",
    caller: {
      principal: { id: `user-${number}`, kind: "user", roles: [], purposes: [], attributes: {} },
      purpose: number % 2 === 0 ? "fraud-detection" : undefined,
    },
    operation: { name: "Customers", hash: "abc" },
    access: {
      coordinates: [
        { coordinate: "Customer.email", product: "customers", decision: "allow" },
        { coordinate: "Customer.name", product: "customers", decision: "mask", technique: "redact", policy: "names" },
      ],
      products: [{ name: "customers", version: "1.0.0" }],
      obligations: [],
      policySet: "p",
    },
    outcome: "answered",
    rows: number % 3 === 0 ? new Map([["Customer.email", number]]) : undefined,
    traceId: undefined,
    generation: 1,
  };
}

export function auditEntries(from: number, to: number): readonly AuditEntry[] {
  return Array.from({ length: to - from + 1 }, (_, index) => accessEntry(auditEvent(from + index)));
}

export const checkpoint: AuditEntry = { kind: "checkpoint", time: "2026-01-01T00:00:00.000Z" };
