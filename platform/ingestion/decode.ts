/** A file's text, whatever common encoding it has: UTF-8 with or without a byte order mark, UTF-16 with one. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";

type Encoding = "utf-8" | "utf-16le" | "utf-16be";

export interface FileText {
  readonly encoding: Encoding;
  /** Bytes of the byte order mark. */
  readonly markBytes: number;
}

/** Looks at the first bytes only. */
export async function detectEncoding(path: string): Promise<FileText> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(3), 0, 3, 0);
    const [first, second, third] = bytesRead === 0 ? [] : buffer.subarray(0, bytesRead);
    if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: "utf-8", markBytes: 3 };
    if (first === 0xff && second === 0xfe) return { encoding: "utf-16le", markBytes: 2 };
    if (first === 0xfe && second === 0xff) return { encoding: "utf-16be", markBytes: 2 };
    return { encoding: "utf-8", markBytes: 0 };
  } finally {
    await file.close();
  }
}

/** The text in parts, without the mark. Bytes that are no text become U+FFFD, so that a reader can point at their line. */
export async function* decodeFile(path: string, text: FileText, partBytes = 65_536): AsyncIterable<string> {
  const decoder = new TextDecoder(text.encoding, { ignoreBOM: true });
  for await (const bytes of createReadStream(path, { start: text.markBytes, highWaterMark: partBytes })) {
    // A file stream without an encoding gives buffers.
    const part = decoder.decode(bytes as Uint8Array, { stream: true });
    if (part !== "") yield part;
  }
  const end = decoder.decode();
  if (end !== "") yield end;
}
