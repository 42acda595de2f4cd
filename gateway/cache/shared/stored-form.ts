/**
 * What a value looks like where it is shared:
 *
 *   plain    format, 0, CRC-32 of where it is put and of the rest, body
 *   sealed   format, 1, length of the key's id, the key's id, nonce, tag, body under AES-256-GCM
 *   body     length of the head, head as JSON, payload
 *
 * A value opens only where it was put. Whatever is cut, changed, of another format or under a key that nobody has
 * any more is nothing.
 */
import { createCipheriv, createDecipheriv, randomFillSync } from "node:crypto";
import { crc32 } from "node:zlib";
import type { KeyRing } from "#policies";

type Key = NonNullable<ReturnType<KeyRing["current"]>>;

/** What a value says of itself, as JSON, and the value. */
export interface StoredForm {
  readonly head: unknown;
  readonly payload: Buffer;
}

const format = 2;
const plain = 0;
const sealed = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** `place`: where it is put. */
export function encode({ head, payload }: StoredForm, key: Key | undefined, place: string): Buffer {
  const headText = Buffer.from(JSON.stringify(head));
  const bodyBytes = 4 + headText.length + payload.length;
  const before = key === undefined ? 6 : 3 + key.id.length + nonceBytes + tagBytes;
  const bytes = Buffer.allocUnsafe(before + bodyBytes);
  const body = bytes.subarray(before);
  body.writeUInt32BE(headText.length, 0);
  headText.copy(body, 4);
  payload.copy(body, 4 + headText.length);
  bytes[0] = format;
  if (key === undefined) {
    bytes[1] = plain;
    bytes.writeUInt32BE(crc32(body, crc32(place)), 2);
    return bytes;
  }
  bytes[1] = sealed;
  bytes[2] = bytes.write(key.id, 3, "latin1");
  const nonce = bytes.subarray(3 + key.id.length, 3 + key.id.length + nonceBytes);
  randomFillSync(nonce);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce).setAAD(Buffer.from(place));
  cipher.update(body).copy(body);
  cipher.final();
  cipher.getAuthTag().copy(bytes, before - tagBytes);
  return bytes;
}

/** Undefined for what is nothing. */
export function decode(bytes: Buffer, keyById: (id: string) => Key | undefined, place: string): StoredForm | undefined {
  try {
    const body = bytes[0] === format ? bodyOf(bytes, keyById, place) : undefined;
    if (body === undefined) return undefined;
    const headEnd = 4 + body.readUInt32BE(0);
    if (headEnd > body.length) return undefined;
    const head: unknown = JSON.parse(body.toString("utf8", 4, headEnd));
    return { head, payload: body.subarray(headEnd) };
  } catch {
    return undefined;
  }
}

function bodyOf(bytes: Buffer, keyById: (id: string) => Key | undefined, place: string): Buffer | undefined {
  if (bytes[1] === plain) {
    const body = bytes.subarray(6);
    return crc32(body, crc32(place)) === bytes.readUInt32BE(2) ? body : undefined;
  }
  const idEnd = 3 + (bytes[2] ?? 0);
  const key = bytes[1] === sealed ? keyById(bytes.toString("latin1", 3, idEnd)) : undefined;
  if (key === undefined) return undefined;
  const nonceEnd = idEnd + nonceBytes;
  const bodyStart = nonceEnd + tagBytes;
  if (bytes.length < bodyStart) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, bytes.subarray(idEnd, nonceEnd));
  decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(nonceEnd, bodyStart));
  const body = decipher.update(bytes.subarray(bodyStart));
  decipher.final();
  return body;
}
