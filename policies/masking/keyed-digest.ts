/** HMAC-SHA-256 of a value under one key, and values of other types made of it. */
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** 32 bytes that tell nothing of the text to who has not the key. Hot: once per distinct value. */
export type KeyedDigest = (text: string) => Buffer;

/** The key is prepared once; equal texts give equal digests. */
export function createKeyedDigest(key: Buffer): KeyedDigest {
  const prepared: KeyObject = createSecretKey(key);
  return (text) => createHmac("sha256", prepared).update(text, "utf8").digest();
}

/** A whole number from 0 to 2³¹−1. */
export function intOf(digest: Buffer): number {
  return digest.readUInt32BE(0) & 0x7fff_ffff;
}

/** A whole number from 0 to 2⁴⁸−1, which every JSON reader keeps exactly. */
export function floatOf(digest: Buffer): number {
  return digest.readUIntBE(0, 6);
}

/** A whole number from 0 to 2⁶³−1. */
export function bigIntOf(digest: Buffer): bigint {
  return digest.readBigUInt64BE(0) >> 1n;
}

/** A UUID of version 8 (RFC 9562: "custom"), so that it is seen to be none that a generator gave. */
export function uuidOf(digest: Buffer): string {
  const hex = digest.toString("hex");
  const variant = ((digest[8] ?? 0) & 0x3f) | 0x80;
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant.toString(16) + hex.slice(18, 20),
    hex.slice(20, 32),
  ].join("-");
}
